"""Ways to reach a customer."""

from enum import StrEnum


class Channel(StrEnum):
    """One kind of address: an e-mail address, a phone number, an app's device token."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
