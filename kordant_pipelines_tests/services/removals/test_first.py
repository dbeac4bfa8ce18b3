from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.clock import HandClock


def test_try(services: Services, sandbox: Sandbox, clock: HandClock, ada: str) -> None:
    for day in range(3):
        report = services.remove_brokers.process(ada, f"run-{day}")
        print(day, report.states, report.steps, report.problems, report.coverage.sentence())
        clock.advance(hours=12)
    for s in services.removals.of(ada):
        print(s.broker, s.state.value, s.listed, s.next_action, s.next_at)
    for t in services.removals.tasks():
        print(t.kind, t.reason, t.broker.key)
