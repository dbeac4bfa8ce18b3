"""Adapters to the outside world: one folder per provider, beside what all of them share.

Shared: `errors`; `transport` (HTTP, with `reply` and `logs`); `answers` (statuses and JSON to typed
results); `paging` and `partial` (dates, names); `soda`, which two adapters speak; `retrying`;
`limiter` and `valkey_url`. An adapter speaks one provider's format and knows nothing of
subscriptions, storage or settings: it is handed plain arguments.
"""
