"""What a newly recorded document means to the owner of the property: pure, so it can be replayed.

Severities and the refinance rule are our own inference from how title fraud goes about (a forged
deed for a token price, then a mortgage on the stolen title), not any register's word.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kordant_pipelines.domain.name_matching import NameMatch, Verdict, best_match, split_names
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_documents import CONVEYANCES, Document, DocumentKind

NOMINAL = 100
"""Dollars up to which a price is a form of words: "$10 and other valuable consideration"."""

REFINANCE_WINDOW = timedelta(days=60)
"""How far apart the old mortgage's satisfaction and the new mortgage may be recorded."""

TOLD_FROM = Severity.MEDIUM
"""What is less urgent is kept in the property's history and alerts nobody."""


class Reason(StrEnum):
    """Why a document was judged as it was."""

    OWNER_CHANGED = "owner_changed"
    QUITCLAIM_NOMINAL = "quitclaim_nominal"
    QUITCLAIM_TO_KNOWN = "quitclaim_to_known"
    GRANTEE_NOT_NAMED = "grantee_not_named"
    GRANTEE_LIKELY_KNOWN = "grantee_likely_known"
    AMONG_KNOWN = "among_known"
    NEW_LENDER = "new_lender"
    BORROWER_UNKNOWN = "borrower_unknown"
    LENDER_NOT_NAMED = "lender_not_named"
    LENDER_LIKELY_KNOWN = "lender_likely_known"
    LENDER_KNOWN = "lender_known"
    REFINANCE = "refinance"
    LIS_PENDENS = "lis_pendens"
    JUDGMENT = "judgment"
    FEDERAL_LIEN = "federal_lien"
    TAX_LIEN = "tax_lien"
    OTHER_LIEN = "other_lien"
    MECHANICS_LIEN = "mechanics_lien"
    ASSIGNMENT = "assignment"
    POWER_OF_ATTORNEY = "power_of_attorney"
    SALE_CONTRACT = "sale_contract"
    UNRECOGNISED = "unrecognised"
    MORTGAGE_CHANGE = "mortgage_change"
    SATISFACTION = "satisfaction"
    LIEN_RELEASE = "lien_release"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Parties:
    """The names known to belong with a property."""

    owners: tuple[str, ...]
    lenders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A name in a document, and how it compares with those known."""

    name: str
    match: NameMatch


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one document, or a refinance's two, means. A `question` is asked, not alarmed about."""

    documents: tuple[Document, ...]
    reason: Reason
    severity: Severity
    question: bool = False
    compared: tuple[Compared, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether the owner hears of it."""
        return self.severity.rank >= TOLD_FROM.rank


_FIXED: Mapping[DocumentKind, tuple[Reason, Severity, bool]] = {
    DocumentKind.LIS_PENDENS: (Reason.LIS_PENDENS, Severity.HIGH, False),
    DocumentKind.JUDGMENT: (Reason.JUDGMENT, Severity.HIGH, False),
    DocumentKind.FEDERAL_LIEN: (Reason.FEDERAL_LIEN, Severity.HIGH, False),
    DocumentKind.TAX_LIEN: (Reason.TAX_LIEN, Severity.HIGH, False),
    DocumentKind.OTHER_LIEN: (Reason.OTHER_LIEN, Severity.HIGH, False),
    DocumentKind.MECHANICS_LIEN: (Reason.MECHANICS_LIEN, Severity.MEDIUM, False),
    DocumentKind.MORTGAGE_ASSIGNMENT: (Reason.ASSIGNMENT, Severity.MEDIUM, False),
    DocumentKind.POWER_OF_ATTORNEY: (Reason.POWER_OF_ATTORNEY, Severity.HIGH, True),
    DocumentKind.SALE_CONTRACT: (Reason.SALE_CONTRACT, Severity.HIGH, True),
    DocumentKind.UNRECOGNISED: (Reason.UNRECOGNISED, Severity.MEDIUM, True),
    DocumentKind.MORTGAGE_CHANGE: (Reason.MORTGAGE_CHANGE, Severity.LOW, False),
    DocumentKind.SATISFACTION: (Reason.SATISFACTION, Severity.INFO, False),
    DocumentKind.LIEN_RELEASE: (Reason.LIEN_RELEASE, Severity.INFO, False),
    DocumentKind.OTHER: (Reason.OTHER, Severity.INFO, False),
}


def judge(fresh: Iterable[Document], held: Sequence[Document], parties: Parties) -> list[Judgement]:
    """Judge each of `fresh`, the most urgent first; `held` are all the others of the property.

    A new mortgage is explained by at most one satisfaction, and a satisfaction explains at most
    one mortgage: of a refinance and a stranger's second mortgage, the second still alarms.
    """
    documents = sorted(fresh, key=_when)
    judgements: list[Judgement] = []
    free = _unspent(documents, held, parties)
    explained: set[str] = set()
    for document in documents:
        if document.kind is not DocumentKind.MORTGAGE:
            continue
        judged = _mortgage(document, parties)
        payoff = _payoff(document, free) if judged.reason in _REFINANCEABLE else None
        if payoff is not None:
            free.remove(payoff)
            explained.add(payoff.number)
            judged = Judgement(
                (document, payoff),
                Reason.REFINANCE,
                Severity.MEDIUM,
                question=True,
                compared=judged.compared,
            )
        judgements.append(judged)
    for document in documents:
        if document.kind in CONVEYANCES:
            judgements.append(_conveyance(document, parties))
        elif document.kind is not DocumentKind.MORTGAGE and document.number not in explained:
            reason, severity, question = _FIXED[document.kind]
            judgements.append(Judgement((document,), reason, severity, question))
    told = [j for j in judgements if not _is_echo(j, (*documents, *held))]
    return sorted(told, key=lambda judged: -judged.severity.rank)


_REFINANCEABLE = frozenset({Reason.NEW_LENDER, Reason.LENDER_NOT_NAMED, Reason.LENDER_LIKELY_KNOWN})


def _conveyance(document: Document, parties: Parties) -> Judgement:
    compared = _compare(document.grantees, parties.owners)
    quitclaim = document.kind is DocumentKind.QUITCLAIM
    nominal = document.amount is None or document.amount <= NOMINAL
    worst = _worst(compared)
    if worst is Verdict.DIFFERENT:
        reason = Reason.QUITCLAIM_NOMINAL if quitclaim and nominal else Reason.OWNER_CHANGED
        verdict = (reason, Severity.CRITICAL, False)
    elif worst is None:  # the register names nobody yet: unknown is not known
        verdict = (Reason.GRANTEE_NOT_NAMED, Severity.HIGH, True)
    elif worst is Verdict.LIKELY and quitclaim and nominal:
        verdict = (Reason.QUITCLAIM_NOMINAL, Severity.CRITICAL, False)
    elif worst is Verdict.LIKELY:
        verdict = (Reason.GRANTEE_LIKELY_KNOWN, Severity.MEDIUM, True)
    elif quitclaim and nominal:
        verdict = (Reason.QUITCLAIM_TO_KNOWN, Severity.MEDIUM, True)
    else:
        verdict = (Reason.AMONG_KNOWN, Severity.INFO, False)
    return Judgement((document,), *verdict, compared)


def _mortgage(document: Document, parties: Parties) -> Judgement:
    borrowers = _compare(document.grantors, parties.owners)
    lenders = _compare(document.grantees, parties.lenders)
    # One known among several is enough: the others are its nominee and its servicer.
    best = min((c.match.verdict for c in lenders), key=list(Verdict).index, default=None)
    if borrowers and all(c.match.verdict is Verdict.DIFFERENT for c in borrowers):
        verdict = (Reason.BORROWER_UNKNOWN, Severity.HIGH, False)
    elif best is None:
        verdict = (Reason.LENDER_NOT_NAMED, Severity.HIGH, False)
    elif best is Verdict.DIFFERENT:
        verdict = (Reason.NEW_LENDER, Severity.HIGH, False)
    elif best is Verdict.LIKELY:
        verdict = (Reason.LENDER_LIKELY_KNOWN, Severity.MEDIUM, True)
    else:
        verdict = (Reason.LENDER_KNOWN, Severity.LOW, False)
    return Judgement((document,), *verdict, (*borrowers, *lenders))


def _unspent(
    fresh: Sequence[Document], held: Sequence[Document], parties: Parties
) -> list[Document]:
    """Satisfactions that no mortgage held before is explained by already."""
    free = [d for d in (*held, *fresh) if d.kind is DocumentKind.SATISFACTION]
    for mortgage in sorted(held, key=_when):
        if mortgage.kind is DocumentKind.MORTGAGE and (
            _mortgage(mortgage, parties).reason in _REFINANCEABLE
        ):
            spent = _payoff(mortgage, free)
            if spent is not None:
                free.remove(spent)
    return free


def _payoff(mortgage: Document, free: Iterable[Document]) -> Document | None:
    """The satisfaction nearest in time to a mortgage, within the window."""
    taken = mortgage.recorded_on
    if taken is None:
        return None
    near = [
        (abs(paid.recorded_on - taken), paid.number, paid)
        for paid in free
        if paid.recorded_on is not None and abs(paid.recorded_on - taken) <= REFINANCE_WINDOW
    ]
    return min(near)[2] if near else None


def _is_echo(judged: Judgement, documents: Iterable[Document]) -> bool:
    """Whether a source says of the present owner only what the latest deed says too.

    An earlier deed does not explain it: a former owner who is the owner again is news.
    """
    if judged.documents[0].kind is not DocumentKind.OWNER_OF_RECORD:
        return False
    deeds = [d for d in documents if d.kind in CONVEYANCES - {DocumentKind.OWNER_OF_RECORD}]
    latest = max((d.recorded_on for d in deeds if d.recorded_on), default=None)
    by_deed = [
        name
        for deed in deeds
        if deed.recorded_on == latest
        for text in deed.grantees
        for name in split_names(text)
    ]
    return all(_says(one, best_match(one.name, by_deed).verdict) for one in judged.compared)


def _says(owner: Compared, by_deed: Verdict) -> bool:
    # What is only like the deed's grantee is no echo where it is like a known owner as well: the
    # deed may have named the one, and the register names the other.
    near = by_deed is Verdict.LIKELY and owner.match.verdict is Verdict.DIFFERENT
    return by_deed is Verdict.SAME or near


def _compare(names: Iterable[str], known: Sequence[str]) -> tuple[Compared, ...]:
    return tuple(
        Compared(name, best_match(name, known)) for text in names for name in split_names(text)
    )


def _worst(compared: Sequence[Compared]) -> Verdict | None:
    return max((c.match.verdict for c in compared), key=list(Verdict).index, default=None)


def _when(document: Document) -> tuple[date, str]:
    return document.recorded_on or date.min, document.number
