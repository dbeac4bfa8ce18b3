"""Errors that speak of the request itself, whatever layer meets them.

KordantError
├── RefusedInput            bad input, refused whole at the edge; nothing was written
│   ├── UnknownSubscription   no subscription has this id
│   └── InactiveSubscription  it exists, but is paused or cancelled
└── Misconfigured           a setting, key or server is missing or wrong

The text is written for the reader: what is wrong, which value, what to do. `RefusedInput` may
quote what a person typed; code that runs inside Dagster must only ever meet ids.
"""


class KordantError(Exception):
    """Base of all errors whose text is meant to be read by a person."""


class RefusedInput(KordantError):
    """Bad input, refused whole at the edge; nothing was written."""


class UnknownSubscription(RefusedInput):
    """No subscription has this id."""

    def __init__(self, subscription_id: str) -> None:
        self.subscription_id = subscription_id
        super().__init__(
            f"There is no subscription {subscription_id!r}. "
            "`kordant subscriptions list` shows those there are."
        )

    def __reduce__(self) -> tuple[type["UnknownSubscription"], tuple[str]]:
        return type(self), (self.subscription_id,)


class InactiveSubscription(RefusedInput):
    """The subscription exists, but nothing is owed to it: it is paused or cancelled."""

    def __init__(self, subscription_id: str, status: str) -> None:
        self.subscription_id = subscription_id
        self.status = status
        super().__init__(
            f"Subscription {subscription_id!r} is {status}, so nothing runs for it. "
            "Only an active subscription is scanned."
        )

    def __reduce__(self) -> tuple[type["InactiveSubscription"], tuple[str, str]]:
        return type(self), (self.subscription_id, self.status)


class Misconfigured(KordantError):
    """A setting, a key or a server is missing or wrong; the text names it and the remedy."""
