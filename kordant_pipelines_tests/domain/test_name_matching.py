"""Names of owners and lenders as registers spell them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.name_matching import Verdict, best_match, compare_names, split_names


@pytest.mark.parametrize(
    ("known", "given_", "why"),
    [
        ("Ada Lovelace", "ADA LOVELACE", "same_words"),
        ("Ada Lovelace", "LOVELACE, ADA", "other_order"),
        ("Ada Lovelace", "LOVELACE ADA", "other_order"),
        ("Ada Lovelace", "LOVELACE, ADA M", "middle_initial"),
        ("Ada Lovelace", "LOVELACE, ADA MARIE", "middle_name_left_out"),
        ("Ada M. Lovelace", "LOVELACE, ADA MARIE", "middle_initial"),
        ("Seán O'Brien", "OBRIEN, SEAN", "other_order"),
        ("José Núñez-Vega", "NUNEZ VEGA, JOSE", "other_order"),
        ("John Smith Jr.", "SMITH, JOHN", "other_order"),
        ("Wells Fargo Bank, N.A.", "WELLS FARGO BANK NATIONAL ASSOCIATION", "same_words"),
        ("Wells Fargo Bank", "WELLS FARGO BANK NA", "legal_form_left_out"),
        ("Acme Holdings, L.L.C.", "ACME HOLDINGS LLC", "same_words"),
        ("The Lovelace Family Trust", "LOVELACE FAMILY TRUST DTD 2019", "same_words"),
        ("Ada Lovelace Trust", "ADA LOVELACE REVOCABLE TRUST", "same_words"),
        ("First Bank & Trust Co", "FIRST BANK AND TRUST COMPANY", "same_words"),
        ("Søren Ørsted", "ORSTED, SOREN", "other_order"),
        ("Łukasz Đorđević", "LUKASZ DORDEVIC", "same_words"),
        ("Minh To", "TO, MINH", "other_order"),
        ("Maria de la Cruz", "DE LA CRUZ, MARIA T", "middle_initial"),
        ("José Núñez-Vega", "NUNEZ-VEGA, JOSE MARIA", "middle_name_left_out"),
    ],
)
def test_one_name_in_two_spellings(known: str, given_: str, why: str) -> None:
    match = compare_names(known, given_)
    assert (match.verdict, match.why) == (Verdict.SAME, why)


@pytest.mark.parametrize(
    ("known", "given_", "why"),
    [
        ("Ada Lovelace", "LOVELAGE, ADA", "spelling"),
        ("Ada Lovelace", "LOVELACE, A", "initial_only"),
        ("Ada Lovelace", "ADA LOVELACE LLC", "company_of_known_name"),
        ("Ada Lovelace", "LOVELACE FAMILY TRUST", "trust_of_known_name"),
        ("Ada Lovelace", "ADA LOVELACE REVOCABLE TRUST DATED 5/1/2019", "trust_of_known_name"),
        ("Ada Lovelace", "ESTATE OF ADA LOVELACE", "estate_of_known_name"),
        ("John Smith Sr.", "SMITH, JOHN JR", "other_generation"),
        ("John Smith Sr.", "SMITH, JOHN A JR", "other_generation"),
        ("John Smith Jr", "SMITH, JOHN 3RD", "other_generation"),
        ("John Smith", "SMITH, JOHN JR", "generation_added"),
        ("John Smith", "SMITH, JOHN PAUL III", "generation_added"),
        ("Ana Lopez", "GARCIA LOPEZ, ANA", "further_name"),
        ("The Smith Family Trust", "SMITH LIVING TRUST", "other_trust"),
        ("Smith Family Trust DTD 2/1/2019", "SMITH FAMILY TRUST DATED 3/4/2024", "other_trust"),
        (
            "Chicago Title Land Trust Company, Trust No. 1001",
            "CHICAGO TITLE LAND TRUST CO AS TRUSTEE U/T/A DTD 1/2/2020 TRUST NO 9999",
            "other_trust",
        ),
        ("Chicago Title Land Trust Co", "CHICAGO TITLE LAND TRUST CO TRUST 9999", "other_trust"),
        ("Ada Lovelace", "ADA LOVELACE + JOHN FORGER", "further_name"),
        ("Acme Holdings LLC", "ACME HOLDINGS INC", "other_legal_form"),
        ("John Smith", "SMITH JOHN QUINCY", "further_name"),
        ("John Smith", "JOHN SMITH MARY SMITH", "further_name"),
        ("JPMorgan Chase Bank NA", "CHASE BANK NA", "words_left_out"),
        ("McDonald", "MC DONALD", "spelling"),
    ],
)
def test_what_may_be_the_same_is_asked_about(known: str, given_: str, why: str) -> None:
    match = compare_names(known, given_)
    assert (match.verdict, match.why) == (Verdict.LIKELY, why)


@pytest.mark.parametrize(
    ("known", "given_"),
    [
        ("Ada Lovelace", "QUICK HOMES LLC"),
        ("Ada Lovelace", "BYRON, ANNE"),
        ("Ada Lovelace", "LOVELACE, WILLIAM"),  # a relative is another person
        ("John Smith", "SMITH, JANE"),
        ("Ada Lovelace", "QUICK FAMILY TRUST"),
        ("Wells Fargo Bank NA", "CITIZENS BANK NA"),
        ("First Bank", "FIRST SAVINGS"),
        ("Harbor Savings Bank", "SAVINGS BANK"),
        ("Ada Lovelace", "ADA FAMILY TRUST"),
        ("Ada Lovelace", ""),
        ("Ada Lovelace", "ET AL"),
        ("Ada Lovelace", "陳大文"),
        ("Minh To", "NGUYEN, MINH"),
        ("Ada Lovelace", "ADA LOVELACE & QUICK HOMES LLC"),  # not parted: one is a company
        ("Ada Lovelace", "LOVELACE REAL ESTATE LLC"),
    ],
)
def test_another_name_is_another(known: str, given_: str) -> None:
    assert compare_names(known, given_).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("LOVELACE, ADA", ("LOVELACE, ADA",)),
        ("ADA LOVELACE / QUICK LLC", ("ADA LOVELACE", "QUICK LLC")),
        ("ADA LOVELACE & ANNE BYRON", ("ADA LOVELACE", "ANNE BYRON")),
        (
            "LOVELACE ADA; BYRON ANNE and MILBANKE JUDITH",
            ("LOVELACE ADA", "BYRON ANNE", "MILBANKE JUDITH"),
        ),
        ("FIRST BANK & TRUST CO", ("FIRST BANK & TRUST CO",)),
        ("SMITH AND SONS LLC", ("SMITH AND SONS LLC",)),
        (" ; ", ()),
    ],
)
def test_joint_names_come_apart_and_companies_stay_whole(text: str, names: tuple[str, ...]) -> None:
    assert split_names(text) == names


def test_the_surest_of_several_counts() -> None:
    assert best_match("LOVELACE, ADA", ["Anne Byron", "Ada Lovelac", "Ada Lovelace"]).why == (
        "other_order"
    )
    assert best_match("LOVELACE, ADA", []).verdict is Verdict.DIFFERENT


words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=9)


@given(
    st.lists(words, min_size=2, max_size=4, unique=True).flatmap(
        lambda parts: st.tuples(st.just(parts), st.permutations(parts))
    )
)
def test_order_and_case_do_not_matter(spellings: tuple[list[str], list[str]]) -> None:
    one, other = spellings
    match = compare_names(" ".join(one).title(), " ".join(other))
    # A name of nothing but legal forms and fillers is no name, and the same as none.
    assert match.verdict is Verdict.SAME or match.why == "no_name"


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_breaks_the_comparison_and_it_is_symmetric_about_sameness(
    one: str, other: str
) -> None:
    match, back = compare_names(one, other), compare_names(other, one)
    assert 0 <= match.score <= 100
    assert (match.verdict is Verdict.DIFFERENT) == (back.verdict is Verdict.DIFFERENT)
