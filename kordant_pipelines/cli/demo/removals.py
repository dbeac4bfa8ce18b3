"""The demo's data brokers and mailbox: the sandbox's, and its customers' authorisations."""

import json
from pathlib import Path

from kordant_pipelines.domain.removals.people import Residence
from kordant_pipelines.sandbox.brokers.registry import entry
from kordant_pipelines.sandbox.world import letters
from kordant_pipelines.sandbox.world.seed import load_seed
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.removals.profiles import Profile
from kordant_pipelines.settings import Settings


def removal_settings(smtp_url: str, imap_port: int) -> dict[str, object]:
    """What points RemoveBrokers at the sandbox."""
    return {
        "broker_registry_file": None,
        "removals_address": letters.ADDRESS,
        "removals_smtp_url": smtp_url,
        "removals_imap_url": letters.imap_url("127.0.0.1", imap_port),
    }


def removal_variables(settings: Settings) -> dict[str, str]:
    """The same as environment variables, for child processes."""
    return {
        "KORDANT_BROKER_REGISTRY_FILE": "",
        "KORDANT_REMOVALS_ADDRESS": settings.removals_address or "",
        "KORDANT_REMOVALS_SMTP_URL": settings.removals_smtp_url or "",
        "KORDANT_REMOVALS_IMAP_URL": settings.removals_imap_url or "",
    }


def write_registry(home: Path, host: str, url: str) -> None:
    """Make the sandbox's brokers those of this home, for the commands beside the demo as well."""
    entries = [entry(seed, host, url) for seed in load_seed().brokers]
    text = json.dumps([one.model_dump(mode="json") for one in entries], indent=1)
    (home / "brokers.yaml").write_text(text)  # JSON is YAML


def authorise(services: Services) -> None:
    """Start the removals of the sandbox's customers; those that were are left as they are."""
    homes = {home.ref: home for home in load_seed().residents}
    active = services.subscriptions.active()
    for row in services.subscriptions.summaries():
        if row.id in active and (home := homes.get(row.ref)):
            residence = Residence.model_validate(home.model_dump(exclude={"ref"}))
            services.removals.start(row.id, Profile(residence=residence))
