"""What a customer can buy, and the states a subscription can be in."""

from enum import StrEnum


class Tier(StrEnum):
    """The product's tiers, cheapest first."""

    BASIC = "basic"
    PLUS = "plus"
    PREMIUM = "premium"


class SubscriptionStatus(StrEnum):
    """Only an active subscription is owed runs."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class Change(StrEnum):
    """What the change log can say happened to a subscription."""

    CREATED = "created"
    TIER_CHANGED = "tier_changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
