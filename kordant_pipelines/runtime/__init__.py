"""Runs other programs: the embedded Postgres and Valkey servers, and the supervisor of them all."""
