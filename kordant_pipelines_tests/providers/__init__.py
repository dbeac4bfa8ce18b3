"""Adapters against real HTTP over loopback and a real Valkey."""
