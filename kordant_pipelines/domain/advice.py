"""The one thing to do about an exposure: which it is, whatever words or language it is told in."""

from collections.abc import Iterable
from enum import StrEnum

from kordant_pipelines.domain.severity import CRITICAL, LASTING, PASSWORDS

_SIGNED_IN = frozenset({"Auth tokens", "Private keys"})  # what opens an account without a password
_HINTS = frozenset({"Security questions and answers", "Password hints"})


class Advice(StrEnum):
    """Most urgent first, where two findings are equally severe."""

    CLEAN_DEVICE = "clean_device"
    FREEZE_CREDIT = "freeze_credit"
    REPLACE_CARD = "replace_card"
    END_SESSIONS = "end_sessions"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - advice, not a password
    CHANGE_ANSWERS = "change_answers"
    EXPECT_SCAM_CALLS = "expect_scam_calls"
    EXPECT_PHISHING = "expect_phishing"


def advise(data_classes: Iterable[str], *, stealer_log: bool) -> Advice:
    """What the owner of an identifier exposed together with `data_classes` should do."""
    exposed = frozenset(data_classes)
    if stealer_log:
        return Advice.CLEAN_DEVICE
    for kinds, advice in (
        (LASTING, Advice.FREEZE_CREDIT),
        (CRITICAL - _SIGNED_IN, Advice.REPLACE_CARD),
        (_SIGNED_IN, Advice.END_SESSIONS),
        (PASSWORDS, Advice.CHANGE_PASSWORD),
        (_HINTS, Advice.CHANGE_ANSWERS),
        (frozenset({"Phone numbers"}), Advice.EXPECT_SCAM_CALLS),
    ):
        if exposed & kinds:
            return advice
    return Advice.EXPECT_PHISHING
