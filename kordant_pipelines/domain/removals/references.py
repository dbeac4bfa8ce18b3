"""Reference codes: what ties a broker's answer to the request it answers.

A code is in the subject and the body of every letter, in the reply address, and in the address a
form is given; so an answer carries it whichever of them its sender keeps.
"""

import re
from collections.abc import Callable, Iterable, Sequence

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which people take for one another."""
LENGTH = 12  # 60 bits: nobody guesses the code of another's request

_CODE = re.compile(
    rf"(?<![A-Z0-9])KR[-\s]?([{ALPHABET}]{{4}})[-\s]?([{ALPHABET}]{{4}})[-\s]?([{ALPHABET}]{{4}})"
    r"(?![A-Z0-9])",
    re.IGNORECASE,
)


def new_reference(choose: Callable[[Sequence[str]], str]) -> str:
    """A fresh code, such as "KR-7F3K-9QZT-2MXB"; `choose` picks one of a sequence at random."""
    text = "".join(choose(ALPHABET) for _ in range(LENGTH))
    return f"KR-{text[:4]}-{text[4:8]}-{text[8:]}"


def references_in(texts: Iterable[str]) -> list[str]:
    """The codes found in these texts, each once, in the order in which they stand there."""
    found = (f"KR-{m[1]}-{m[2]}-{m[3]}".upper() for text in texts for m in _CODE.finditer(text))
    return list(dict.fromkeys(found))


def reply_address(mailbox: str, reference: str) -> str:
    """The mailbox's address with the code as its tag: removals+kr7f3k9qzt2mxb@example.com."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{reference.replace('-', '').lower()}@{domain}"


def letter_id(mailbox: str, reference: str, attempt: int) -> str:
    """The Message-ID of a request's letter: the same letter, sent again, has the same."""
    domain = mailbox.rpartition("@")[2]
    return f"<{reference.lower()}.{attempt}@{domain}>"


def attempt_of(message_id: str) -> tuple[str, int] | None:
    """The reference and attempt of a letter of ours; None if it is another's."""
    match = re.match(r"^<(kr(?:-[a-z0-9]{4}){3})\.(\d{1,4})@", message_id)
    return (match[1].upper(), int(match[2])) if match else None
