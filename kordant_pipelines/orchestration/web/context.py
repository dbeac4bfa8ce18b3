"""What resolvers are given: Dagster's request context, the services, and who asks."""

from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from starlette.requests import HTTPConnection

from kordant_pipelines.domain.access import Identity
from kordant_pipelines.orchestration.run_record import DagsterRunRecord
from kordant_pipelines.services.container import Services

IDENTITY = "kordant.identity"
"""Where in the ASGI scope the lock leaves who asks."""


class KordantRequestContext(WorkspaceRequestContext):
    """A request by somebody. Of a viewer it is read-only, which Dagster's UI goes by."""

    def __init__(
        self,
        process_context: WorkspaceProcessContext,
        services: Services,
        conn: HTTPConnection,
    ) -> None:
        workspace = process_context.create_request_context(conn)
        self.identity: Identity = conn.scope[IDENTITY]
        super().__init__(
            instance=workspace.instance,
            current_workspace=workspace.get_current_workspace(),
            process_context=process_context,
            version=workspace.version,
            source=conn,
            read_only=not self.identity.may_change,
        )
        self.services = services
        self.record = DagsterRunRecord(workspace.instance)
