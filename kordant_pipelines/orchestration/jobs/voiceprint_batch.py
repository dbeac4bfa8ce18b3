"""The voice jobs of one subscription, worked off in batches."""

from dagster import MetadataValue, OpExecutionContext, ResourceParam, in_process_executor, job, op

from kordant_pipelines.orchestration.failures import failure, shield
from kordant_pipelines.orchestration.metadata import Shown
from kordant_pipelines.orchestration.partitions import subscription_partitions
from kordant_pipelines.orchestration.tags import label_run
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.voice.report import BatchReport


@op
def analyse_recordings(context: OpExecutionContext, services: ResourceParam[Services]) -> None:
    """Enrol and analyse what waits for the subscription; record what could not be evaluated."""
    subscription_id = context.partition_key
    with shield():
        label_run(context, services.subscriptions.tier_of(subscription_id))
        report = services.voice.voiceprint.work(subscription_id, context.run_id)
    metadata = voice_metadata(report)
    context.log.info("VoicePrint of %s: %s", subscription_id, report.sentence())
    context.add_output_metadata(metadata)
    if not report.is_whole:
        raise failure(
            f"Not every recording was evaluated: {report.sentence()}. What was put off waits; "
            "nothing is said about it, nor about what failed.",
            metadata=metadata,
            may_be_retried=bool(report.put_off),
        )


@job(partitions_def=subscription_partitions, executor_def=in_process_executor)
def voiceprint_batch() -> None:
    """Enrol voices and analyse recordings that wait for one subscription.

    **Partition**: the subscription. **Success** means that each recording taken was evaluated, or
    is *not evaluable* for a reason on record (no audio, too long, too little speech …). *Not
    assessed* means that no detector of synthetic speech is configured: it is not *authentic*.
    **Failure** means that a model's service did not answer for some, which wait for another try, or
    that nothing may run for the subscription. Running it again is safe: each recording has one
    result.
    """
    analyse_recordings()


def voice_metadata(report: BatchReport) -> dict[str, Shown]:
    """A run's counts."""
    counts = {
        "voices enrolled": report.enrolled,
        "recordings analysed": report.analysed,
        "seconds of audio": round(report.seconds),
        "alerts raised": report.alerts,
        "notifications owed": report.notifications,
        **{f"voice {name.replace('_', ' ')}": n for name, n in sorted(report.matches.items())},
        **{
            f"speech {name.replace('_', ' ')}": n for name, n in sorted(report.authenticity.items())
        },
        **{f"not evaluable: {why}": n for why, n in sorted(report.unusable.items())},
        **{f"put off: {why}": n for why, n in sorted(report.put_off.items())},
        **{f"failed: {why}": n for why, n in sorted(report.failed.items())},
    }
    return {
        "outcome": MetadataValue.text(report.sentence()),
        **{name: MetadataValue.int(count) for name, count in counts.items()},
    }
