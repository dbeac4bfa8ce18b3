"""Every spelling of a property's key is one key, and what is no key is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.parcels import BLIND_SPOTS, Parcel, Register, parse_parcel


@pytest.mark.parametrize(
    ("county", "raw", "canonical", "register"),
    [
        ("nyc", "1-00477-0012", ("nyc", "1004770012"), Register.NYC_ACRIS),
        ("NYC", " 1/477/12 ", ("nyc", "1004770012"), Register.NYC_ACRIS),
        ("36061", "1004770012", ("nyc", "1004770012"), Register.NYC_ACRIS),
        (
            "36085",
            "12 Bay St, Staten Island, NY",
            ("36085", "12 BAY ST | STATEN ISLAND, NY"),
            Register.ATTOM,
        ),
        ("cook", "17-09-410-014-1001", ("cook", "17094100141001"), Register.COOK_SALES),
        ("cook", "17-09-410-014", ("cook", "17094100140000"), Register.COOK_SALES),
        ("17031", "1094100141001", ("cook", "01094100141001"), Register.COOK_SALES),
        (
            "philadelphia",
            "88123456",
            ("philadelphia", "088123456"),
            Register.PHILADELPHIA_TRANSFERS,
        ),
        (
            "48453",
            "12 elm  st, Apt 4, Austin, tx 78701-1234",
            ("48453", "12 ELM ST, APT 4 | AUSTIN, TX 78701"),
            Register.ATTOM,
        ),
    ],
)
def test_each_county_has_its_key(
    county: str, raw: str, canonical: tuple[str, str], register: Register
) -> None:
    parcel = parse_parcel(county, raw)
    assert (parcel.county, parcel.key) == canonical
    assert parcel.register is register
    assert parcel.register in BLIND_SPOTS


@pytest.mark.parametrize(
    ("county", "raw"),
    [
        ("nyc", "6-00477-0012"),
        ("nyc", "5-00477-0012"),  # ACRIS does not hold Staten Island
        ("nyc", "1-00000-0012"),
        ("nyc", "1-477"),
        ("nyc", "17094100141001"),
        ("cook", "1709410014"),  # a PIN of 10 that lost a zero, or of 14 that lost four?
        ("cook", "1-00477-0012"),
        ("philadelphia", "1234567"),
        ("philadelphia", "12345678x"),
        ("48453", "Elm Street, Austin, TX"),
        ("48453", "12 Elm St, Austin"),
        ("48453", "12 Elm St, Austin, Texas"),
        ("48453", "1004770012"),
        ("travis", "12 Elm St, Austin, TX"),
        ("99999", "12 Elm St, Austin, TX"),
        ("", "1004770012"),
    ],
)
def test_what_is_no_key_of_the_county_is_refused_by_name(county: str, raw: str) -> None:
    with pytest.raises(RefusedInput) as refused:
        parse_parcel(county, raw)
    assert repr(raw) in str(refused.value) or repr(county) in str(refused.value)


@given(
    st.integers(1, 4), st.integers(1, 99999), st.integers(1, 9999), st.sampled_from(["-", "/", " "])
)
def test_a_bbl_reads_back_as_it_was_written(borough: int, block: int, lot: int, sep: str) -> None:
    parcel = parse_parcel("nyc", f"{borough}{sep}{block}{sep}{lot}")
    assert parcel.bbl == (borough, block, lot)
    assert parse_parcel("nyc", parcel.key) == parcel


def test_a_mask_shows_its_owner_which_and_nobody_where() -> None:
    assert parse_parcel("nyc", "1-00477-0012").masked == "•••0012, New York City"
    home = parse_parcel("48453", "12 Elm St, Austin, TX 78701")
    assert home.masked == "12•••, Austin, TX"
    assert "ELM" not in home.masked
    assert "78701" not in home.masked
    assert "ELM" not in repr(home)


def test_an_address_comes_apart_as_the_source_asks_for_it() -> None:
    home = Parcel("48453", parse_parcel("48453", "12 Elm St, Austin, TX 78701").key)
    assert home.address == ("12 ELM ST", "AUSTIN, TX 78701")
