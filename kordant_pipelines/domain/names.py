"""People's names, shortened: enough for their owner, not enough for anyone who finds the paper."""


def short_name(name: str) -> str:
    """The first name and the last one's initial: "Ada L."; of a single word its first letter."""
    words = name.split()
    if len(words) < 2:
        return f"{name.strip()[:1]}•••"
    return f"{words[0]} {words[-1][0]}."
