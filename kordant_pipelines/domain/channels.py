"""Ways to reach a customer, and why one is not to be used."""

from enum import StrEnum


class Channel(StrEnum):
    """One kind of address: an e-mail address, a phone number, an app's device token."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class SuppressionReason(StrEnum):
    """Why an address is not sent to."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNREACHABLE = "unreachable"
