"""Past runs by the million, in SQL: the calendar's rows, Dagster's, and some with real events."""

from dagster import DagsterInstance, ResourceDefinition
from sqlalchemy import text

from kordant_pipelines.orchestration.definitions import build_defs
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.subscriptions import NewSubscription
from kordant_pipelines.settings import load_settings
from kordant_pipelines.storage.database import Database

EVENTS = 5_000
"""How many of the first runs have the events of a real one."""


def generate(services: Services, instance: DagsterInstance, runs: int, subscriptions: int) -> None:
    """Fill both databases: `runs` that ended, 20,000 owed later, 500 due now, 200 under way."""
    parameters = {"runs": runs, "subscriptions": subscriptions}
    with services.database.connection() as connection:
        for statement in (_ENDED, _RETRIED, _WAITING, _UNDER_WAY, _TOTALS):
            connection.execute(text(statement), parameters)
    with services.database.connection() as connection:
        connection.execute(text("ANALYZE owed_runs"))
    template = _real_run(services, instance)
    url = load_settings().dagster_database_url
    if url is None:
        raise RuntimeError("KORDANT_DAGSTER_DATABASE_URL is not set")
    dagster = Database(url)
    try:
        with dagster.connection() as connection:
            for statement in (_RUNS, _TAGS, _EVENTS):
                connection.execute(
                    text(statement), {**parameters, "template": template, "events": EVENTS}
                )
        with dagster.connection() as connection:
            connection.execute(text("ANALYZE runs, run_tags, event_logs"))
    finally:
        dagster.close()


def _real_run(services: Services, instance: DagsterInstance) -> str:
    """A scan by nobody's keys: every lookup is uncovered. Its id."""
    sale = NewSubscription.model_validate(
        {"ref": "bench", "tier": "basic", "name": "Bench", "emails": ("bench@example.com",)}
    )
    subscription, _ = services.subscriptions.add(sale)
    instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    job = defs.get_job_def("darkwatch_scan")
    return job.execute_in_process(instance=instance, partition_key=subscription).run_id


_RUN_ID = "CAST(md5('run ' || n) AS uuid)::text"
_JOB = (
    "(ARRAY['darkwatch_scan', 'hometitle_scan', 'reports_generate', 'voiceprint_batch', "
    "'removebrokers_process', 'notifications_send'])[1 + n % 6]"
)
# Every subscription has as many, of every job and tier.
_SPREAD = "'sub_' || (CAST(n AS bigint) * 7919) % :subscriptions"
_TIER = "(ARRAY['basic', 'plus', 'premium'])[1 + n % 3]"

# In the order of time, a second apart, over the year. One in fifty is not a success.
_ENDED = f"""
INSERT INTO owed_runs (job, subscription_id, slot, cadence, attempt, reason, tier, priority,
                       due_at, state, failure, run_id, root_run_id, created_at, dispatched_at,
                       ended_at)
SELECT {_JOB}, {_SPREAD}, 'g' || n, NULL, 0, 'scheduled', {_TIER}, -10,
       now() - make_interval(secs => 20 * (:runs - n) + 1000),
       CASE n % 250 WHEN 1 THEN 'dead' WHEN 2 THEN 'cancelled' WHEN 3 THEN 'superseded'
                    WHEN 4 THEN 'dropped' WHEN 5 THEN 'retried' ELSE 'succeeded' END,
       CASE n % 250 WHEN 1 THEN 'exhausted' END,
       {_RUN_ID}, {_RUN_ID},
       now() - make_interval(secs => 20 * (:runs - n) + 1000),
       now() - make_interval(secs => 20 * (:runs - n) + 990),
       now() - make_interval(secs => 20 * (:runs - n) + 980)
FROM generate_series(1, :runs) n
"""  # noqa: S608 - made of constants

_RETRIED = """
INSERT INTO owed_runs (job, subscription_id, slot, attempt, reason, tier, priority, due_at, state,
                       run_id, root_run_id, parent_run_id, created_at, dispatched_at, ended_at)
SELECT job, subscription_id, slot, 1, reason, tier, priority, ended_at + interval '1 minute',
       'succeeded', CAST(md5('retry ' || id) AS uuid)::text, run_id, run_id, ended_at,
       ended_at + interval '1 minute', ended_at + interval '2 minutes'
FROM owed_runs WHERE state = 'retried' AND attempt = 0
"""

_WAITING = f"""
INSERT INTO owed_runs (job, subscription_id, slot, cadence, attempt, reason, tier, priority,
                       due_at, state, created_at)
SELECT {_JOB}, 'sub_' || n % :subscriptions, 'w' || n, 'monthly', 0, 'scheduled', {_TIER}, -10,
       CASE WHEN n <= 500 THEN now() - make_interval(secs => n)
            ELSE now() + make_interval(secs => 100 * n) END, 'owed', now()
FROM generate_series(1, 20500) n
"""  # noqa: S608 - made of constants

_UNDER_WAY = f"""
INSERT INTO owed_runs (job, subscription_id, slot, attempt, reason, tier, priority, due_at, state,
                       created_at, dispatched_at)
SELECT {_JOB}, 'sub_' || n, 'u' || n, 0, 'scheduled', {_TIER}, -10, now(), 'dispatched', now(),
       now()
FROM generate_series(1, 200) n
"""  # noqa: S608 - made of constants

_TOTALS = """
INSERT INTO run_totals (job, tier, state, runs)
SELECT job, tier, state, count(*) FROM owed_runs WHERE ended_at IS NOT NULL GROUP BY 1, 2, 3
"""

_RUNS = f"""
INSERT INTO runs (run_id, pipeline_name, status, run_body, create_timestamp, update_timestamp,
                  start_time, end_time)
SELECT {_RUN_ID}, {_JOB}, CASE WHEN n % 250 IN (1, 5) THEN 'FAILURE' ELSE 'SUCCESS' END,
       '{{}}', now(), now(), extract(epoch FROM now()) - 20 * (:runs - n),
       extract(epoch FROM now()) - 20 * (:runs - n) + 5
FROM generate_series(1, :runs) n
"""  # noqa: S608 - made of constants

_TAGS = f"""
INSERT INTO run_tags (run_id, key, value)
SELECT {_RUN_ID}, tag.key, tag.value
FROM generate_series(1, :runs) n
CROSS JOIN LATERAL (VALUES ('kordant/owed', n || '.0'), ('kordant/tier', {_TIER}),
                           ('dagster/partition', {_SPREAD}))
    AS tag (key, value)
"""  # noqa: S608 - made of constants

_EVENTS = f"""
INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, step_key)
SELECT {_RUN_ID}, e.event, e.dagster_event_type, e.timestamp, e.step_key
FROM generate_series(1, :events) n CROSS JOIN event_logs e
WHERE e.run_id = :template
"""  # noqa: S608 - made of constants
