"""What the service does with owed alerts: it stores them, and marks what was told."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kordant_pipelines.domain.exposures import AlertDraft, Exposure


def once_told(exposures: Iterable[Exposure], drafts: Iterable[AlertDraft]) -> list[Exposure]:
    """The exposures as they are recorded once `drafts` were raised."""
    told = {number for draft in drafts for number in draft.exposure_ids}
    return [
        replace(e, alerted_classes=e.alerted_classes | e.data_classes) if e.id in told else e
        for e in exposures
    ]


def ids(drafts: Sequence[AlertDraft]) -> list[int]:
    """The exposures that alerts speak of, each as often as it is spoken of."""
    return sorted(number for draft in drafts for number in draft.exposure_ids)
