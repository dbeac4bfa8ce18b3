"""LeakCheck as an entry of the provider table."""

from kordant_pipelines.sandbox.leakcheck import query
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Provider

LEAKCHECK = Provider(
    name="leakcheck",
    mount="/leakcheck/api/v2",
    endpoints=(Endpoint("/query/{query:path}", query.answer),),
    admit=query.admit,
    # the real service allows 3 a second; POST /control/plan sets that where a test wants it
    plan=Plan(requests=1000, seconds=1),
    rate_limited=query.rate_limited,
    bad_key=query.bad_key,
    drift={"result": "results", "source": "origin"},
    says_when=False,
)
