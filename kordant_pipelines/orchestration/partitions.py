"""The one partitioning: a partition is an active subscription, its key the subscription's id."""

from dagster import DynamicPartitionsDefinition

SUBSCRIPTIONS = "subscription"

subscription_partitions = DynamicPartitionsDefinition(name=SUBSCRIPTIONS)
