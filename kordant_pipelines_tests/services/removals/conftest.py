"""Services whose registry and mailbox are the sandbox's."""

import pytest

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.services.removals.enrolling import enrol


@pytest.fixture
def settings(settings: Settings, sandbox: Sandbox) -> Settings:
    registry = settings.home / "brokers.yaml"
    registry.write_bytes(sandbox.broker_registry())
    return settings.model_copy(
        update={
            "broker_registry_file": registry,
            "removals_address": sandbox.removals_address,
            "removals_smtp_url": sandbox.smtp_url,
            "removals_imap_url": sandbox.imap_url,
        }
    )


@pytest.fixture
def ada(services: Services) -> str:
    """A Californian whose removals were authorised."""
    return enrol(services, "demo-0001")
