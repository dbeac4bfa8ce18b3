"""The shapes of control requests; a body of another shape is refused naming the field."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from kordant_pipelines.sandbox.faults import Fault, FaultKind
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.table import BREAKABLE, PROVIDERS


def _known_provider(name: str) -> str:
    if name not in PROVIDERS:
        raise ValueError(f"no such provider; it is one of {', '.join(PROVIDERS)}")
    return name


def _breakable(name: str) -> str:
    if name not in BREAKABLE:
        raise ValueError(f"no such provider; it is one of {', '.join(sorted(BREAKABLE))}")
    return name


ProviderName = Annotated[str, AfterValidator(_known_provider)]
BreakableName = Annotated[str, AfterValidator(_breakable)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Body(BaseModel):
    """A control request: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class PublishBreach(Body):
    """A breach (Name and any other fields, in the provider's keys) and whom it exposes."""

    breach: dict[str, JsonValue]
    accounts: list[Email] = []
    stealer_domains: list[str] = []


class AddFault(Body):
    """A fault to put in force; see `faults.Fault`."""

    provider: BreakableName
    kind: FaultKind
    times: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, gt=0)
    retry_after: int | None = Field(default=None, ge=0)
    probability: float = Field(default=1.0, ge=0, le=1)
    path_contains: str | None = Field(default=None, min_length=1)

    def fault(self) -> Fault:
        """The fault itself; `seconds` starts to run when it is put in force."""
        return Fault(
            provider=self.provider,
            kind=self.kind,
            times=self.times,
            probability=self.probability,
            path_contains=self.path_contains,
            retry_after=self.retry_after,
        )


class ChoosePlan(Body):
    """A limit: `rpm` requests in any minute or `rps` in any second."""

    provider: ProviderName
    rpm: int | None = Field(default=None, ge=1)
    rps: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.rpm is None) == (self.rps is None):
            raise ValueError("give either rpm or rps")
        return self

    def plan(self) -> Plan:
        """The plan itself."""
        if self.rpm is not None:
            return Plan(requests=self.rpm, seconds=60)
        return Plan(requests=self.rps or 1, seconds=1)
