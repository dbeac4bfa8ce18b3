"""Which Dagster partitions to add and to delete so that they mirror the subscriptions."""

from collections.abc import Set as AbstractSet


def partition_changes(
    wanted: AbstractSet[str],
    unwanted: AbstractSet[str],
    existing: AbstractSet[str],
    in_flight: AbstractSet[str],
) -> tuple[set[str], set[str]]:
    """Return (to add, to delete) among the subscriptions that changed.

    `wanted` are active, `unwanted` are not; a partition with a run in flight is left until that
    run has ended, so a later call must bring it again.
    """
    return set(wanted - existing), set((unwanted & existing) - wanted - in_flight)
