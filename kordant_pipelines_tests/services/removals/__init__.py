"""Tests of RemoveBrokers against the sandbox's brokers and mail server."""
