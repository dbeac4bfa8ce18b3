"""Payloads are judged before anything is queued, by the job's own config schema."""

import json
from collections.abc import Mapping
from typing import Any

from dagster import DagsterInvalidConfigError, validate_run_config

from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.definitions import defs
from kordant_pipelines.orchestration.payloads import run_config_of
from kordant_pipelines.services.admin.errors import WrongPayload


def checked_payload(job: Job, text: str | None) -> Mapping[str, Any] | None:
    """The payload that a JSON text holds, if the job takes it.

    Raises:
        WrongPayload: it is not a JSON object, or not one of this job's.
    """
    if text is None:
        return None
    try:
        payload: Any = json.loads(text)
    except ValueError:
        raise WrongPayload("The payload is not JSON.") from None
    if not isinstance(payload, dict):
        raise WrongPayload('The payload is not a JSON object, such as {"option": true}.')
    options: dict[str, Any] = payload
    definition = defs.get_job_def(job.value)
    try:
        validate_run_config(definition, run_config_of(definition, options))
    except DagsterInvalidConfigError as error:
        told = "; ".join(problem.message for problem in error.errors)
        raise WrongPayload(f"{job.value} does not take this payload: {told}") from None
    return options or None
