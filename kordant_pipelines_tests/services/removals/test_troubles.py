"""A broker that shuts us out: one trouble for all customers, one run that tries again."""

import pytest

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.domain.removals.troubles import OURS, Part
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.models import TaskKind
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.removals.enrolling import enrol, state


def _asked(sandbox: Sandbox, services: Services, subscriptions: list[str], run: str) -> int:
    """How often the walled broker is asked while each of them is processed."""
    before = _refused(sandbox)
    for subscription in subscriptions:
        services.remove_brokers.process(subscription, f"{run}-{subscription}")
    return _refused(sandbox) - before


def _refused(sandbox: Sandbox) -> int:
    return sandbox.call_count("brokers", status=403)


def _known(services: Services) -> dict[str, str]:
    return {t.broker: t.reason for t in services.brokers.troubles()}


def test_the_others_wait_while_one_run_tries_again(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    everyone = [enrol(services, f"demo-000{n}") for n in (1, 2, 3)]
    assert _asked(sandbox, services, everyone, "first") == 1
    assert _known(services) == {
        "walled": "forbidden",
        "redesigned": "schema_drift",
        "bouncing": "bad_request",
    }
    # Nobody is called clean meanwhile, and no operator is asked once a customer.
    assert {state(services, one, "walled") for one in everyone} == {State.PENDING}
    assert not [t for t in services.removals.tasks() if t.kind is TaskKind.REVIEW]
    clock.advance(hours=2, minutes=1)
    assert _asked(sandbox, services, everyone, "second") == 1
    [walled] = [t for t in services.brokers.troubles() if t.broker == "walled"]
    assert (walled.times, walled.since < walled.last_at) == (2, True)


def test_a_trouble_ends_when_it_works_again(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str
) -> None:
    sandbox.fault("brokers", "schema_drift", path_contains="/swift/search")
    services.remove_brokers.process(ada, "run-1")
    assert _known(services)["swift"] == "schema_drift"
    sandbox.clear_faults()
    clock.advance(hours=2, minutes=1)
    services.remove_brokers.process(ada, "run-2")
    assert "swift" not in _known(services)
    assert state(services, ada, "swift") is State.SUBMITTED


def test_an_operator_says_that_it_is_mended(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str
) -> None:
    sandbox.fault("brokers", "schema_drift", path_contains="/swift/search")
    services.remove_brokers.process(ada, "run-1")
    sandbox.clear_faults()
    clock.advance(minutes=1)
    assert services.brokers.mended("swift") == 1
    services.remove_brokers.process(ada, "run-2")
    assert state(services, ada, "swift") is State.SUBMITTED
    with pytest.raises(RefusedInput, match="kordant brokers troubles"):
        services.brokers.mended("swift")


def test_a_changed_entry_is_tried_again(
    services: Services, settings: Settings, clock: HandClock, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    file = settings.broker_registry_file
    assert file is not None
    file.write_text(file.read_text().replace("Redesigned Forms", "Redesigned"))
    clock.advance(minutes=1)
    services.brokers.sync()
    assert _known(services).keys() == {"walled", "bouncing"}


def test_after_a_week_customers_file_what_our_form_cannot(
    services: Services, clock: HandClock, ada: str
) -> None:
    for day in range(9):
        services.remove_brokers.process(ada, f"run-{day}")
        clock.advance(days=1)
    assert state(services, ada, "redesigned") is State.NEEDS_USER_ACTION
    assert state(services, ada, "bouncing") is State.PENDING


def test_our_own_mailboxs_trouble_is_one_too(
    services: Services, settings: Settings, keyring: Keyring, clock: HandClock
) -> None:
    imap, smtp = settings.removals_imap_url or "", settings.removals_smtp_url or ""
    wrong = {
        "removals_imap_url": imap.replace("sandbox@", "wrong@"),
        "removals_smtp_url": smtp.replace("sandbox-mail@", "wrong@"),
    }
    broken = build_services(settings.model_copy(update=wrong), keyring, clock=clock)
    everyone = [enrol(broken, f"demo-000{n}") for n in (1, 2)]
    for subscription in everyone:
        broken.remove_brokers.process(subscription, f"run-{subscription}")
    with pytest.raises(ProviderError):
        broken.removal_inbox.read("inbox")
    found = {(t.part, t.reason) for t in broken.brokers.troubles() if t.broker == OURS}
    assert found == {(Part.INBOX, "bad_key"), (Part.LETTERS, "bad_key")}
    assert state(broken, everyone[0], "silent") is State.PENDING
    broken.close()
    clock.advance(days=3)
    services.remove_brokers.process(everyone[0], "run-2")
    # One letter tried whether it goes, to whichever broker; the others wait for the hour that it
    # has for that.
    assert not [t for t in services.brokers.troubles() if t.broker == OURS]
    clock.advance(hours=1, minutes=1)
    services.remove_brokers.process(everyone[0], "run-3")
    assert state(services, everyone[0], "silent") is State.SUBMITTED
