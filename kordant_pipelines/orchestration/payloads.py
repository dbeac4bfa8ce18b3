"""A job's payload as run config: it is the config of the one op of the job that takes any."""

from collections.abc import Mapping
from typing import Any

from dagster import JobDefinition

from kordant_pipelines.services.admin.errors import WrongPayload


def run_config_of(job: JobDefinition, payload: Mapping[str, Any] | None) -> dict[str, Any]:
    """The run config that hands `payload` to the job.

    Raises:
        WrongPayload: no op of the job takes one.
    """
    if not payload:
        return {}
    takers = [node.name for node in job.nodes if _takes_config(node.definition)]
    if len(takers) != 1:
        raise WrongPayload(f"{job.name} takes no payload; leave it out.")
    return {"ops": {takers[0]: {"config": dict(payload)}}}


def _takes_config(definition: Any) -> bool:
    schema = definition.config_schema
    # An op without a config of its own accepts anything, and looks at none of it.
    return bool(schema) and definition.has_config_field and schema.config_type.given_name != "Any"
