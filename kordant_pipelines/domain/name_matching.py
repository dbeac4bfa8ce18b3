"""Whether two spellings of an owner's or lender's name mean the same one, and why we think so.

Clerks write "LOVELACE, ADA M" for Ada Lovelace and "WELLS FARGO BANK NA" for Wells Fargo Bank,
N.A. A name taken for the same that is not hides a theft; one taken for another alarms for nothing.
Between the two there is LIKELY, which is asked about and never decided.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from kordant_pipelines.domain.name_parts import COMPANY_WORDS, Name, take_apart

ALIKE = 90
"""The score (0 to 100, of the sorted words) from which a difference may be one of spelling."""


class Verdict(StrEnum):
    """Ordered from the surest to the least."""

    SAME = "same"
    LIKELY = "likely"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class NameMatch:
    """What came of a comparison: `why` is a code, `score` 0 to 100."""

    verdict: Verdict
    why: str
    score: int


UNMATCHED = NameMatch(Verdict.DIFFERENT, "no_known_name", 0)


def compare_names(known: str, given: str) -> NameMatch:
    """Compare a register's spelling `given` with a name we know."""
    ours, theirs = take_apart(known), take_apart(given)
    match = _compare(ours, theirs)
    doubt = _doubt(ours, theirs) if match.verdict is Verdict.SAME else None
    return NameMatch(Verdict.LIKELY, doubt, match.score) if doubt else match


def _compare(ours: Name, theirs: Name) -> NameMatch:
    score = round(fuzz.ratio(ours.text, theirs.text))
    if not ours.core or not theirs.core:
        return NameMatch(Verdict.DIFFERENT, "no_name", 0)
    if ours.trust != theirs.trust or ours.estate != theirs.estate:
        return NameMatch(*_vested(ours, theirs), score)
    if ours.text == theirs.text:
        return NameMatch(*_same_words(ours, theirs), score)
    if not ours.company and not theirs.company:
        by_parts = _by_parts(ours, theirs)
        if by_parts is not None:
            return NameMatch(*by_parts, score)
    glued = round(fuzz.ratio("".join(ours.core), "".join(theirs.core)))
    if max(score, glued) >= ALIKE:
        return NameMatch(Verdict.LIKELY, "spelling", max(score, glued))
    if ours.company and theirs.company and _contained(ours, theirs):
        return NameMatch(Verdict.LIKELY, "words_left_out", score)
    return NameMatch(Verdict.DIFFERENT, "other_name", score)


def split_names(text: str) -> tuple[str, ...]:
    """The names that a register wrote into one text: "DOE JO / ROE MO", "JO DOE & MO ROE".

    A company's name may hold an "and" of its own, so only people's are parted there.
    """
    parts = [part for piece in text.split(";") for part in re.split(r"\s+/\s+", piece)]
    names: list[str] = []
    for part in parts:
        one = take_apart(part)
        joint = r"\s+(?:&|and)\s+" if not (one.company or one.trust) else r"(?!)"
        names += re.split(joint, part, flags=re.IGNORECASE)
    return tuple(name.strip() for name in names if name.strip())


def best_match(given: str, known: Iterable[str]) -> NameMatch:
    """The surest match of a register's spelling among the names we know."""
    order = list(Verdict)
    matches = [compare_names(name, given) for name in known]
    return min(
        matches, key=lambda match: (order.index(match.verdict), -match.score), default=UNMATCHED
    )


def _vested(ours: Name, theirs: Name) -> tuple[Verdict, str]:
    """One of them is a trust or an estate, the other is not."""
    why = "estate_of_known_name" if ours.estate != theirs.estate else "trust_of_known_name"
    vested, plain = (
        (theirs, ours)
        if theirs.trust > ours.trust or theirs.estate > ours.estate
        else (ours, theirs)
    )
    of_plain = {w for w in plain.core if len(w) > 1}
    named_fully = of_plain <= set(vested.core)
    # Of a name we know the last word is the surname; of a register's it may be either end.
    surname_in = plain is theirs or plain.surname in vested.core
    named_by_surname = set(vested.core) <= of_plain and surname_in
    if named_fully or named_by_surname:
        return Verdict.LIKELY, why
    return Verdict.DIFFERENT, "other_name"


def _doubt(ours: Name, theirs: Name) -> str | None:
    """Why two names of the same words may be another's all the same: a father's, another trust's.

    A register often leaves a "Jr." out, and is believed; one that adds it may mean the son.
    """
    if theirs.generation and ours.generation != theirs.generation:
        return "other_generation" if ours.generation else "generation_added"
    if not ours.trust:
        return None
    one, other = ours.numbers, theirs.numbers
    # An institution is trustee of thousands: what tells its trusts apart is their number.
    told_apart = not (one <= other or other <= one) or (ours.company and bool(one) != bool(other))
    by_kind = len(ours.core) == 1 and ours.described != theirs.described
    return "other_trust" if told_apart or by_kind else None


def _same_words(ours: Name, theirs: Name) -> tuple[Verdict, str]:
    if ours.forms == theirs.forms:
        order = "same_words" if ours.core == theirs.core else "other_order"
        return Verdict.SAME, order
    if ours.forms and theirs.forms:
        return Verdict.LIKELY, "other_legal_form"
    if COMPANY_WORDS & set(ours.core):
        return Verdict.SAME, "legal_form_left_out"
    return Verdict.LIKELY, "company_of_known_name"


def _by_parts(ours: Name, theirs: Name) -> tuple[Verdict, str] | None:
    """People's names of which one has initials for words, or words the other leaves out."""
    short, long = sorted((ours, theirs), key=lambda name: len(name.core))
    rest = list(long.core)
    whole = 0
    for word in sorted(short.core, key=len, reverse=True):
        twin = next((w for w in rest if w == word), None)
        if twin is not None and len(word) > 1:
            whole += 1
        twin = twin or next((w for w in rest if 1 in {len(w), len(word)} and w[0] == word[0]), None)
        if twin is None:
            return None
        rest.remove(twin)
    if whole < 2:
        return (Verdict.LIKELY, "initial_only") if whole else None
    if all(len(word) == 1 for word in rest):
        return Verdict.SAME, "middle_initial"
    # Of "GARCIA LOPEZ, ANA" it is half of the surname that Ana Lopez lacks, and no middle name.
    if ours.surname == theirs.surname and len(rest) == 1 and rest[0] not in long.family:
        return Verdict.SAME, "middle_name_left_out"
    return Verdict.LIKELY, "further_name"


def _contained(ours: Name, theirs: Name) -> bool:
    short, long = sorted((set(ours.core), set(theirs.core)), key=len)
    return len(short) >= 2 and short <= long and bool(short - COMPANY_WORDS)
