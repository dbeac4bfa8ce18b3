"""Adapters to the outside world: one folder per provider, beside what all of them share.

Shared: `errors`, `transport` (HTTP), `answers` (status and JSON to typed results), `retrying`,
`limiter` and `valkey_url`. An adapter speaks a provider's format and knows nothing of
subscriptions, storage or settings; it is handed plain arguments.
"""
