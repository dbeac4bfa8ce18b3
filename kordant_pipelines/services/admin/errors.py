"""Why an admin's request is refused. The text is for the reader; nothing was done.

RefusedInput
├── UnknownJob           no job has this id
├── JobNotInTier         the subscription's tier does not have the job
├── WrongPayload         the job does not take this payload
├── WrongPage            a page's size or cursor is none
├── NotCancellable       the job is over, or on its way to a worker this moment
├── NotRetryable         there is nothing to retry: it runs, completed, or waits for its time
└── IdempotencyConflict  the key was used for something else
"""

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier


class UnknownJob(RefusedInput):
    """No job has this id."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"There is no job {job_id!r}; `kordant jobs list` shows those there are.")


class JobNotInTier(RefusedInput):
    """The subscription's tier does not have the job."""

    def __init__(self, job: Job, tier: Tier) -> None:
        self.job, self.tier = job, tier
        super().__init__(
            f"{tier.value} does not have {job.value}. To run it all the same, ask with force."
        )


class WrongPayload(RefusedInput):
    """The job does not take this payload."""


class WrongPage(RefusedInput):
    """A page's size or cursor is none."""


class NotCancellable(RefusedInput):
    """The job is over, or on its way to a worker this moment."""


class NotRetryable(RefusedInput):
    """There is nothing to retry."""


class IdempotencyConflict(RefusedInput):
    """The key was used for something else."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"The idempotency key {key!r} was used for another request. Take a new key for each "
            "thing that is to be done."
        )
