"""Opening a report by the link in its message."""

import logging
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kordant_pipelines.security.links import LinkRefused
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.reports.reports import DocumentLost, Reports
from kordant_pipelines.storage.objects import StoreUnusable
from kordant_pipelines.web.answers import PRIVATE, gone

_log = logging.getLogger(__name__)


def report_routes(services: Services) -> Sequence[Route]:
    """The route over open services.

    - `GET /reports/{token}`: the PDF; 404 where the link is not ours, has expired or has nothing
      left to open; 503 where the document cannot be had now.
    """
    return [Route("/reports/{token}", _Opener(services.reports).open, methods=["GET"])]


class _Opener:
    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def open(self, request: Request) -> Response:
        """The report behind a link."""
        token = str(request.path_params["token"])
        try:
            record, pdf = await run_in_threadpool(self._reports.open_link, token)
        except LinkRefused:
            return gone(request)
        except (DocumentLost, StoreUnusable) as lost:
            _log.error("A report could not be opened: %s", lost)
            return PlainTextResponse("Not to be had now. Try again later.", 503, PRIVATE)
        name = f"kordant-{record.kind}-{record.period}.pdf"
        headers = PRIVATE | {"content-disposition": f'inline; filename="{name}"'}
        return Response(pdf, media_type="application/pdf", headers=headers)
