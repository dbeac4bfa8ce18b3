"""Whether two spellings of an owner's or lender's name mean the same one, and why we think so.

Clerks write "LOVELACE, ADA M" for Ada Lovelace and "WELLS FARGO BANK NA" for Wells Fargo Bank,
N.A. A name taken for the same that is not hides a theft; one taken for another alarms for nothing.
Between the two there is LIKELY, which is asked about and never decided.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

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

_FORMS = {
    **{f: f for f in ("LLC", "LLP", "LP", "LTD", "INC", "CORP", "CO", "NA", "PC", "PLLC", "FSB")},
    "INCORPORATED": "INC",
    "CORPORATION": "CORP",
    "COMPANY": "CO",
    "LIMITED": "LTD",
    "LC": "LLC",
}
_SPELT_OUT = (
    (r"\bNATIONAL ASSOCIATION\b", "NA"),
    (r"\bLIMITED LIABILITY COMPANY\b", "LLC"),
    (r"\bL L C\b", "LLC"),
    (r"\bN A\b", "NA"),
    (r"\bF S B\b", "FSB"),
    (r"\bET (AL|UX|VIR)\b", ""),
)
_COMPANY_WORDS = frozenset(
    {
        *("ASSOCIATES", "BANK", "BANCORP", "CAPITAL", "CREDIT", "ENTERPRISES", "EQUITIES"),
        *("FINANCE", "FINANCIAL", "FUNDING", "GROUP", "HOLDINGS", "HOMES", "INVESTMENTS"),
        *("LENDING", "LOANS", "MANAGEMENT", "MORTGAGE", "PARTNERS", "PROPERTIES", "REALTY"),
        *("SAVINGS", "SERVICES", "SOLUTIONS", "UNION", "VENTURES"),
    }
)
_TRUST = frozenset({"TRUST", "TRUSTEE", "TRUSTEES", "TTEE", "TRS"})
_OF_TRUSTS = frozenset(
    {
        *("AGREEMENT", "DATED", "DTD", "FAMILY", "IRREVOCABLE", "LIVING", "REV", "REVOCABLE"),
        *("SUCCESSOR", "UA", "UDT", "UTD"),
    }
)
_ESTATE = frozenset({"ESTATE", "EXECUTOR", "EXECUTRIX", "ADMINISTRATOR", "ADMINISTRATRIX"})
_GENERATIONS = frozenset({"JR", "SR", "II", "III", "IV"})
_FILLER = frozenset(
    {
        *("AND", "AS", "DR", "ESQ", "ETAL", "ETUX", "HUSBAND", "INDIVIDUALLY", "MD", "MR", "MRS"),
        *("MS", "OF", "PHD", "THE", "TO", "WIFE"),
    }
)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name taken apart; `surname` only where its place in the spelling gives it away."""

    core: tuple[str, ...]
    forms: frozenset[str]
    generation: str | None
    trust: bool
    estate: bool
    surname: str | None

    @property
    def company(self) -> bool:
        return bool(self.forms) or bool(_COMPANY_WORDS & set(self.core))

    @property
    def text(self) -> str:
        return " ".join(sorted(self.core))


def compare_names(known: str, given: str) -> NameMatch:
    """Compare a register's spelling `given` with a name we know."""
    ours, theirs = _take_apart(known), _take_apart(given)
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
        one = _take_apart(part)
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


def _take_apart(raw: str) -> _Name:
    text = unicodedata.normalize("NFKD", raw.casefold().upper())
    text = "".join(c for c in text if not unicodedata.combining(c))
    before_comma = re.match(r"\s*([A-Z' -]+?)\s*,\s*[A-Z]", text)
    text = re.sub(r"[.'\u2019]", "", text)
    text = " ".join(re.sub(r"[^A-Z0-9]+", " ", text).split())
    for pattern, short in _SPELT_OUT:
        text = re.sub(pattern, short, text)
    words = text.split()
    forms = frozenset(_FORMS[w] for w in words if w in _FORMS)
    trust = bool(_TRUST & set(words))
    left_out = _FILLER | _TRUST | _ESTATE | _GENERATIONS | _FORMS.keys()
    core = [w for w in words if w not in left_out]
    if trust:
        core = [w for w in core if w not in _OF_TRUSTS and not w.isdigit()]
    return _Name(
        core=tuple(core),
        forms=forms,
        generation=next((w for w in words if w in _GENERATIONS), None),
        trust=trust,
        estate=bool(_ESTATE & set(words)),
        surname=_surname(core, before_comma[1] if before_comma else None),
    )


def _surname(core: list[str], before_comma: str | None) -> str | None:
    """The word before the comma, else the last: right for "Ada Lovelace", a guess elsewhere."""
    if before_comma is not None:
        return re.sub(r"[' -]", "", before_comma.split()[-1]) if before_comma.split() else None
    return core[-1] if core else None


def _vested(ours: _Name, theirs: _Name) -> tuple[Verdict, str]:
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


def _same_words(ours: _Name, theirs: _Name) -> tuple[Verdict, str]:
    if ours.generation and theirs.generation and ours.generation != theirs.generation:
        return Verdict.LIKELY, "other_generation"
    if ours.forms == theirs.forms:
        order = "same_words" if ours.core == theirs.core else "other_order"
        return Verdict.SAME, order
    if ours.forms and theirs.forms:
        return Verdict.LIKELY, "other_legal_form"
    if _COMPANY_WORDS & set(ours.core):
        return Verdict.SAME, "legal_form_left_out"
    return Verdict.LIKELY, "company_of_known_name"


def _by_parts(ours: _Name, theirs: _Name) -> tuple[Verdict, str] | None:
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
    if ours.surname == theirs.surname and len(rest) == 1:
        return Verdict.SAME, "middle_name_left_out"
    return Verdict.LIKELY, "further_name"


def _contained(ours: _Name, theirs: _Name) -> bool:
    short, long = sorted((set(ours.core), set(theirs.core)), key=len)
    return len(short) >= 2 and short <= long and bool(short - _COMPANY_WORDS)
