"""The breach catalogue: fetched once, versioned by content."""

import asyncio
from datetime import timedelta

import pytest

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services, provider_access
from kordant_pipelines.services.darkwatch.catalogue import load_breaches, store_catalogue
from kordant_pipelines.services.lookups import LookupFailed
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock


def test_the_version_grows_only_when_the_content_does(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    first = asyncio.run(services.catalogue.refresh())
    clock.advance(hours=2)
    same = asyncio.run(services.catalogue.refresh())
    sandbox.publish_breach({"Name": "Newest", "DataClasses": ["Names"]})
    clock.advance(hours=2)
    grown = asyncio.run(services.catalogue.refresh())
    assert (first.changed, same.changed, grown.changed) == (True, False, True)
    assert (first.version, same.version, grown.version) == (1, 1, 2)
    assert grown.breaches == first.breaches + 1


def test_a_fresh_catalogue_is_not_fetched_again(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    asyncio.run(services.catalogue.fresh_version())
    clock.advance(minutes=59)
    asyncio.run(services.catalogue.fresh_version())
    assert sandbox.call_count("hibp", endpoint="/breaches") == 1
    clock.advance(minutes=2)
    asyncio.run(services.catalogue.fresh_version())
    assert sandbox.call_count("hibp", endpoint="/breaches") == 2


def test_a_failed_refresh_keeps_what_was_held(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    asyncio.run(services.catalogue.refresh())
    sandbox.fault("hibp", "truncated", path_contains="breaches")
    clock.advance(hours=2)
    with pytest.raises(LookupFailed, match="malformed_response"):
        asyncio.run(services.catalogue.refresh())
    assert asyncio.run(services.catalogue.fresh_version()) is None
    sandbox.clear_faults()
    assert asyncio.run(services.catalogue.fresh_version()) == 1


def test_an_answer_given_earlier_does_not_replace_a_later_one(
    services: Services, clock: HandClock
) -> None:
    asyncio.run(services.catalogue.refresh())
    late = clock()
    with services.database.transaction() as session:
        held = load_breaches(session, {(Source.HIBP, "Adobe")})
        outdated = store_catalogue(session, list(held.values()), late - timedelta(hours=1), late)
    assert not outdated.changed
    assert outdated.breaches > 1


def test_descriptions_are_stored_without_anything_that_could_run(services: Services) -> None:
    asyncio.run(services.catalogue.refresh())
    with services.database.transaction() as session:
        stored = load_breaches(session, {(Source.HIBP, "PetPortal")})
    text = stored[Source.HIBP, "PetPortal"].description
    assert text
    assert "script" not in text
    assert "onclick" not in text


def test_hibp_breaches_survive_the_round_trip_through_the_database(
    services: Services, sandbox: Sandbox, settings: Settings
) -> None:
    asyncio.run(services.catalogue.refresh())

    async def published() -> dict[tuple[Source, str], object]:
        async with provider_access(settings).open_catalogue() as source:
            return {(b.source, b.key): b for b in await source.catalogue()}

    listed = asyncio.run(published())
    with services.database.transaction() as session:
        assert load_breaches(session, set(listed)) == listed
    assert len(listed) == len(sandbox.world_summary().breaches)
