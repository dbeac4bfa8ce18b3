"""Following the change log."""

from concurrent.futures import ThreadPoolExecutor

from kordant_pipelines.services.changes import Cursor
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.new_subscription import NewSubscription
from kordant_pipelines_tests.services.looking import subscribe


def test_a_follower_sees_each_subscription_as_it_is_now(services: Services) -> None:
    kept = subscribe(services.subscriptions, "kept@example.com")
    gone = subscribe(services.subscriptions, "gone@example.com")
    services.subscriptions.cancel(gone)
    page = services.changes.after(Cursor(), limit=10)
    assert (page.active, page.inactive) == ({kept}, {gone})
    rest = services.changes.after(page.cursor, limit=10)
    assert not rest.active
    assert not rest.inactive


def test_pages_are_bounded_and_miss_nothing(services: Services) -> None:
    added = {subscribe(services.subscriptions, f"p{n}@example.com") for n in range(5)}
    cursor, seen = Cursor(), set[str]()
    for _ in range(3):
        page = services.changes.after(cursor, limit=2)
        assert len(page.active) <= 2
        seen |= page.active
        cursor = Cursor.parse(str(page.cursor))
    assert seen == added


def test_what_a_cursor_waits_for_comes_again(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    services.subscriptions.cancel(subscription)
    page = services.changes.after(Cursor(), limit=10)
    waiting = Cursor.parse(str(page.cursor.waiting_for({subscription})))
    assert services.changes.after(waiting, limit=10).inactive == {subscription}


def test_a_follower_misses_no_writer_that_commits_late(services: Services) -> None:
    """Without the log's lock a lower id may become visible after a higher one was passed."""

    def sell(number: int) -> str:
        sale = NewSubscription.model_validate(
            {
                "ref": f"r{number}",
                "tier": "basic",
                "name": "N",
                "emails": [f"n{number}@example.com"],
            }
        )
        return services.subscriptions.add(sale)[0]

    cursor, seen = Cursor(), set[str]()
    with ThreadPoolExecutor(8) as pool:
        sales = [pool.submit(sell, number) for number in range(120)]
        while not all(sale.done() for sale in sales):
            page = services.changes.after(cursor, limit=1000)
            seen |= page.active
            cursor = page.cursor
    seen |= services.changes.after(cursor, limit=1000).active
    assert seen == {sale.result() for sale in sales}


def test_a_cursor_from_another_database_starts_over(services: Services) -> None:
    """After a restore, or beside a new database, its place means nothing."""
    subscription = subscribe(services.subscriptions, "ada@example.com")
    page = services.changes.after(Cursor(after=500), limit=10)
    assert page.active == {subscription}
    assert page.cursor.after < 500
