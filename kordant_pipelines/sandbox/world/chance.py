"""Where the sandbox's randomness comes from: always a seed, so every run is alike."""

from random import Random


def seeded(seed: int | str) -> Random:
    """A generator of repeatable numbers."""
    return Random(seed)  # noqa: S311 - invented data and faults, no secrets
