"""What newly recorded documents mean to the owner."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_documents import Document, DocumentKind, kind_by_words
from kordant_pipelines.domain.title_judgement import (
    NOMINAL,
    REFINANCE_WINDOW,
    Judgement,
    Parties,
    Reason,
    judge,
)

from .titles import DAY, OWNED, document, mortgage

K = DocumentKind


def _one(fresh: Document, *held: Document, parties: Parties = OWNED) -> Judgement:
    [judged] = judge([fresh], held, parties)
    return judged


@pytest.mark.parametrize(
    ("kind", "grantees", "amount", "reason", "severity", "question"),
    [
        (K.DEED, ("QUICK HOMES LLC",), 400_000, Reason.OWNER_CHANGED, Severity.CRITICAL, False),
        (K.DEED, ("QUICK HOMES LLC",), 0, Reason.OWNER_CHANGED, Severity.CRITICAL, False),
        (
            K.DEED,
            ("LOVELACE, ADA", "QUICK HOMES LLC"),
            0,
            Reason.OWNER_CHANGED,
            Severity.CRITICAL,
            False,
        ),
        (K.DEED, ("LOVELACE, ADA",), 0, Reason.AMONG_KNOWN, Severity.INFO, False),
        (
            K.DEED,
            ("LOVELACE FAMILY TRUST",),
            0,
            Reason.GRANTEE_LIKELY_KNOWN,
            Severity.MEDIUM,
            True,
        ),
        (K.DEED, (), 0, Reason.GRANTEE_NOT_NAMED, Severity.HIGH, True),
        (K.DEED, ("  ",), 0, Reason.GRANTEE_NOT_NAMED, Severity.HIGH, True),
        (K.QUITCLAIM, ("QUICK LLC",), 10, Reason.QUITCLAIM_NOMINAL, Severity.CRITICAL, False),
        (K.QUITCLAIM, ("QUICK LLC",), None, Reason.QUITCLAIM_NOMINAL, Severity.CRITICAL, False),
        (K.QUITCLAIM, ("QUICK LLC",), 9000, Reason.OWNER_CHANGED, Severity.CRITICAL, False),
        (
            K.QUITCLAIM,
            ("ADA LOVELACE LLC",),
            NOMINAL,
            Reason.QUITCLAIM_NOMINAL,
            Severity.CRITICAL,
            False,
        ),
        (K.QUITCLAIM, ("LOVELACE, ADA",), 1, Reason.QUITCLAIM_TO_KNOWN, Severity.MEDIUM, True),
        (K.CORRECTION_DEED, ("LOVELACE, ADA",), 0, Reason.AMONG_KNOWN, Severity.INFO, False),
        (K.CORRECTION_DEED, ("QUICK LLC",), 0, Reason.OWNER_CHANGED, Severity.CRITICAL, False),
    ],
)
def test_deeds(
    kind: DocumentKind,
    grantees: tuple[str, ...],
    amount: int | None,
    reason: Reason,
    severity: Severity,
    question: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    judged = _one(document(kind, grantees=grantees, amount=amount))
    assert (judged.reason, judged.severity, judged.question) == (reason, severity, question)


@pytest.mark.parametrize(
    ("grantors", "grantees", "reason", "severity"),
    [
        (("LOVELACE, ADA",), ("LAKE CREDIT UNION",), Reason.NEW_LENDER, Severity.HIGH),
        ((), ("LAKE CREDIT UNION",), Reason.NEW_LENDER, Severity.HIGH),
        (("LOVELACE, ADA",), (), Reason.LENDER_NOT_NAMED, Severity.HIGH),
        (("QUICK LLC",), ("HARBOR SAVINGS BANK",), Reason.BORROWER_UNKNOWN, Severity.HIGH),
        (("LOVELACE, ADA",), ("HARBOR SAVINGS BANK NA",), Reason.LENDER_KNOWN, Severity.LOW),
        (
            ("LOVELACE, ADA",),
            ("MORTGAGE ELECTRONIC REGISTRATION SYSTEMS INC", "HARBOR SAVINGS BANK NA"),
            Reason.LENDER_KNOWN,
            Severity.LOW,
        ),
        (("LOVELACE, ADA",), ("HARBOR BANK",), Reason.LENDER_LIKELY_KNOWN, Severity.MEDIUM),
        (
            ("LOVELACE, ADA",),
            ("HARBOUR SAVINGS BANK",),
            Reason.LENDER_LIKELY_KNOWN,
            Severity.MEDIUM,
        ),
    ],
)
def test_mortgages(
    grantors: tuple[str, ...], grantees: tuple[str, ...], reason: Reason, severity: Severity
) -> None:
    judged = _one(document(K.MORTGAGE, grantors=grantors, grantees=grantees))
    assert (judged.reason, judged.severity) == (reason, severity)


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        (K.LIS_PENDENS, Severity.HIGH),
        (K.JUDGMENT, Severity.HIGH),
        (K.FEDERAL_LIEN, Severity.HIGH),
        (K.TAX_LIEN, Severity.HIGH),
        (K.OTHER_LIEN, Severity.HIGH),
        (K.MECHANICS_LIEN, Severity.MEDIUM),
        (K.MORTGAGE_ASSIGNMENT, Severity.MEDIUM),
        (K.UNRECOGNISED, Severity.MEDIUM),
        (K.SATISFACTION, Severity.INFO),
        (K.LIEN_RELEASE, Severity.INFO),
        (K.OTHER, Severity.INFO),
    ],
)
def test_the_table_of_other_documents(kind: DocumentKind, severity: Severity) -> None:
    judged = _one(document(kind))
    assert judged.severity is severity
    assert judged.is_told == (severity.rank >= Severity.MEDIUM.rank)


@pytest.mark.parametrize("days", [-60, -1, 0, 1, 60])
@pytest.mark.parametrize("known_before", [True, False])
def test_a_mortgage_near_a_satisfaction_is_asked_about_as_a_refinance(
    days: int,
    known_before: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    paid = document(K.SATISFACTION, "2", recorded_on=DAY + timedelta(days=days))
    new = mortgage()
    fresh, held = ([new], [paid]) if known_before else ([new, paid], [])
    [judged] = judge(fresh, held, OWNED)
    assert (judged.reason, judged.question) == (Reason.REFINANCE, True)
    assert judged.severity is Severity.MEDIUM
    assert [d.number for d in judged.documents] == ["1", "2"]


def test_past_the_window_it_is_a_strangers_mortgage() -> None:
    late = DAY + REFINANCE_WINDOW + timedelta(days=1)
    assert _one(mortgage(), document(K.SATISFACTION, "2", recorded_on=late)).reason is (
        Reason.NEW_LENDER
    )
    assert _one(mortgage(), document(K.SATISFACTION, "2", recorded_on=None)).reason is (
        Reason.NEW_LENDER
    )


def test_one_satisfaction_explains_one_mortgage() -> None:
    paid = document(K.SATISFACTION, "9", recorded_on=DAY)
    judged = judge([mortgage("1"), mortgage("2"), paid], [], OWNED)
    assert [j.reason for j in judged] == [Reason.NEW_LENDER, Reason.REFINANCE]
    # and it stays spent when the second mortgage comes a scan later
    assert _one(mortgage("2", recorded_on=DAY + timedelta(days=9)), mortgage("1"), paid).reason is (
        Reason.NEW_LENDER
    )


def test_a_refinance_by_a_stranger_is_none() -> None:
    paid = document(K.SATISFACTION, "2")
    forged = document(K.MORTGAGE, grantors=("QUICK LLC",), grantees=("LAKE CREDIT UNION",))
    assert Reason.BORROWER_UNKNOWN in {j.reason for j in judge([forged, paid], [], OWNED)}


def test_an_owner_of_record_is_told_of_unless_a_deed_says_it_already() -> None:
    said = document(K.OWNER_OF_RECORD, "owner QUICK HOMES LLC", grantees=("QUICK HOMES LLC",))
    deed = document(K.DEED, "2", grantees=("QUICK HOMES, LLC",))
    assert _one(said).reason is Reason.OWNER_CHANGED
    assert [j.documents[0].number for j in judge([said, deed], [], OWNED)] == ["2"]
    assert judge([said], [deed], OWNED) == []


def test_a_former_owner_who_owns_it_again_is_news_though_an_old_deed_names_him() -> None:
    said = document(K.OWNER_OF_RECORD, "owner", grantees=("BYRON, GEORGE",))
    bought = document(K.DEED, "1", grantees=("BYRON, GEORGE",), recorded_on=date(2005, 3, 1))
    sold = document(K.DEED, "2", grantees=("LOVELACE, ADA",), recorded_on=date(2012, 3, 1))
    [judged] = judge([said], [bought, sold], OWNED)
    assert (judged.reason, judged.severity) == (Reason.OWNER_CHANGED, Severity.CRITICAL)


def test_an_owner_of_record_near_the_known_one_is_asked_about_though_the_deed_names_her() -> None:
    said = document(K.OWNER_OF_RECORD, "owner", grantees=("ADA LOVELACE LLC",))
    deed = document(K.DEED, "2", grantees=("LOVELACE, ADA",))
    [judged] = judge([said], [deed], OWNED)
    assert judged.reason is Reason.GRANTEE_LIKELY_KNOWN


@pytest.mark.parametrize(
    "joint", ["ADA LOVELACE / QUICK LLC", "ADA LOVELACE & ANNE BYRON", "LOVELACE ADA; BYRON ANNE"]
)
def test_a_stranger_named_beside_the_owner_is_a_stranger(joint: str) -> None:
    assert _one(document(K.DEED, grantees=(joint,))).severity is Severity.CRITICAL


def test_why_each_name_was_taken_for_another_is_kept() -> None:
    [compared] = _one(document(K.DEED, grantees=("LOVELAGE, ADA",))).compared
    assert (compared.name, compared.match.why) == ("LOVELAGE, ADA", "spelling")


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("DM - LIS PENDENS", K.LIS_PENDENS),
        ("SATISFACTION OF MORTGAGE", K.SATISFACTION),
        ("ASSIGNMENT OF MORTGAGE", K.MORTGAGE_ASSIGNMENT),
        ("RELEASE OF FEDERAL LIEN", K.LIEN_RELEASE),
        ("FEDERAL LIEN-IRS", K.FEDERAL_LIEN),
        ("MECHANICS LIEN, ELECTRONIC", K.MECHANICS_LIEN),
        ("Quit Claim Deed", K.QUITCLAIM),
        ("SHERIFF'S DEED", K.DEED),
        ("DEED OF TRUST", K.MORTGAGE),
        ("POWER OF ATTORNEY", K.POWER_OF_ATTORNEY),
        ("CORRECTION DEED", K.CORRECTION_DEED),
        ("HOVERCRAFT PERMIT", K.UNRECOGNISED),
    ],
)
def test_kinds_told_by_their_words(label: str, kind: DocumentKind) -> None:
    assert kind_by_words(label) is kind


documents = st.lists(
    st.builds(
        document,
        st.sampled_from(DocumentKind),
        number=st.integers(0, 40).map(str),
        recorded_on=st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 30)),
        grantees=st.lists(st.sampled_from(["LOVELACE, ADA", "QUICK LLC", ""]), max_size=2),
        grantors=st.lists(st.sampled_from(["LOVELACE, ADA", "QUICK LLC", ""]), max_size=2),
        amount=st.none() | st.integers(0, 500),
    ),
    unique_by=lambda d: d.number,
    max_size=12,
)


@given(documents, st.integers(0, 12))
def test_no_document_is_lost_and_none_is_judged_twice(all_: list[Document], split: int) -> None:
    fresh, held = all_[:split], all_[split:]
    judged = [d.number for j in judge(fresh, held, OWNED) for d in j.documents]
    assert len(judged) == len(set(judged))
    echoes = {d.number for d in fresh if d.kind is K.OWNER_OF_RECORD}
    assert {d.number for d in fresh} - set(judged) <= echoes


@given(documents)
def test_a_stranger_on_the_title_is_always_critical(all_: list[Document]) -> None:
    deed = document(K.DEED, "deed", grantees=("QUICK LLC",))
    worst = judge([*all_, deed], [], OWNED)[0]
    assert worst.severity is Severity.CRITICAL


@given(documents, st.integers(0, 12))
def test_the_order_of_an_answer_changes_nothing(all_: list[Document], split: int) -> None:
    fresh, held = all_[:split], all_[split:]

    def said(order: list[Document]) -> set[tuple[Reason, frozenset[str]]]:
        judgements = judge(order, held, OWNED)
        return {(j.reason, frozenset(d.number for d in j.documents)) for j in judgements}

    assert said(fresh) == said(fresh[::-1])
