"""The registry's rules: each entry whole, all of them fitting together."""

import pytest
from pydantic import ValidationError

from kordant_pipelines.domain.removals.brokers import FormRecipe, require_sound
from kordant_pipelines_tests.domain.removals.examples import broker


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"email": None}, "needs an email"),
        ({"method": "web_form"}, "needs a form"),
        ({"method": "guided"}, "opt_out_url and steps"),
        ({"sight": "site"}, "sight site needs a search"),
        ({"url": "letters.example"}, "web address"),
        ({"key": "No Key"}, "key"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_entry_that_lacks_what_it_needs_is_refused(
    changes: dict[str, object], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        broker(**changes)


def test_a_recipe_fills_in_only_what_there_is() -> None:
    with pytest.raises(ValidationError, match="no such placeholder: ssn"):
        FormRecipe(path="/optout", fields={"ssn": "{ssn}"}, accepted="p")


def test_brokers_fit_together() -> None:
    parent, child = broker(), broker(key="child", covered_by="letters")
    assert list(require_sound([parent, child])) == ["letters", "child"]
    for wrong, says in (
        ([parent, parent], "twice"),
        ([child], "not there"),
        ([parent, child, broker(key="grandchild", covered_by="child")], "covered itself"),
        ([broker(covered_by="letters")], "covered itself"),
    ):
        with pytest.raises(ValueError, match=says):
            require_sound(wrong)


def test_a_broker_serves_where_its_people_live() -> None:
    assert broker().serves("DE", None)
    californian = broker(countries=("US",), regions=("CA",))
    assert californian.serves("US", "CA")
    assert not californian.serves("US", "NY")
    assert not californian.serves("DE", None)
