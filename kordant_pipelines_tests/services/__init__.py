"""Services against a real database, a real Valkey and the sandbox over HTTP."""
