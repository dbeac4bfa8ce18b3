"""What is open by intent, and nothing beside it."""

import pytest
from starlette.routing import BaseRoute, Mount, Route

from kordant_pipelines.orchestration.web.public import open_prefixes
from kordant_pipelines_tests.webserver.serving import Web


def test_signed_callbacks_and_links_need_no_token_and_judge_for_themselves(web: Web) -> None:
    with web.client() as client:
        assert client.post("/callbacks/resend", content="{}").text == "not genuine"
        assert client.get("/unsubscribe/forged").status_code in {400, 404, 410}
        for beside in ("/callbacks", "/callbacks/other", "/unsubscribed", "/callbacks/resend/../x"):
            assert client.get(beside).status_code == 401


async def _nothing(*_: object) -> None: ...


def test_a_prefix_opens_what_is_below_it() -> None:
    routes: list[BaseRoute] = [Mount("/reports", routes=[]), Route("/a/b/{c}/d", _nothing)]
    assert open_prefixes(routes) == ["/reports", "/a/b"]


@pytest.mark.parametrize("route", [Mount("", routes=[]), Route("/{path:path}", _nothing)])
def test_nothing_may_open_everything(route: BaseRoute) -> None:
    with pytest.raises(ValueError, match="would open everything"):
        open_prefixes([route])
