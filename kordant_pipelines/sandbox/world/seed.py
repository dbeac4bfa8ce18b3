"""Reads the seed files into typed models; what the world is like is in the YAML beside this."""

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from kordant_pipelines.sandbox.world.breach import Breach, Paste
from kordant_pipelines.sandbox.world.broker import BrokerSeed, Resident
from kordant_pipelines.sandbox.world.customers import Customer
from kordant_pipelines.sandbox.world.leaks import LeakRow
from kordant_pipelines.sandbox.world.records import Record

SEED_FILES = files("kordant_pipelines.sandbox.world") / "seed"


class Accounts(BaseModel):
    """Who is in what at Have I Been Pwned, by e-mail address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    breaches: dict[str, tuple[str, ...]]
    pastes: dict[str, tuple[Paste, ...]]
    stealer_domains: dict[str, tuple[str, ...]]
    opted_out: tuple[str, ...]


class Seed(BaseModel):
    """The world at its start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customers: tuple[Customer, ...]
    breaches: tuple[Breach, ...]
    accounts: Accounts
    leaks: tuple[LeakRow, ...]
    passwords: dict[str, int]
    brokers: tuple[BrokerSeed, ...]
    residents: tuple[Resident, ...]
    records: tuple[Record, ...] = ()


def _document(name: str) -> object:
    return yaml.safe_load(SEED_FILES.joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


def _breaches() -> list[object]:
    """The catalogue; its files leave out what follows from the name or from another field."""
    listed = TypeAdapter(list[dict[str, object]])
    entries = [
        entry
        for name in ("breaches_to_2019", "breaches_from_2020")
        for entry in listed.validate_python(_document(name))
    ]
    return [
        {
            "Title": entry["Name"],
            "ModifiedDate": entry["AddedDate"],
            "LogoPath": f"https://logos.haveibeenpwned.com/{entry['Name']}.png",
            **entry,
        }
        for entry in entries
    ]


@cache
def load_seed() -> Seed:
    """The seed, read once; raises pydantic's ValidationError naming the entry that is wrong."""
    return Seed.model_validate(
        {
            "customers": _document("customers"),
            "breaches": _breaches(),
            "accounts": _document("accounts"),
            "leaks": _document("leaks"),
            "passwords": _document("passwords"),
            "records": _document("records"),
            "brokers": _document("brokers"),
            "residents": _document("residents"),
        }
    )
