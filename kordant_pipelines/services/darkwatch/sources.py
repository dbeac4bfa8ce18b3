"""What a scan asks of a breach source, and what went wrong when it does not answer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from kordant_pipelines.domain.breaches import Breach, Source
from kordant_pipelines.domain.exposures import Finding
from kordant_pipelines.domain.identifiers import Identifier
from kordant_pipelines.providers.errors import PermanentProviderError, ProviderError


class LookupFailed(Exception):
    """The source gave no answer: nothing is known. `reason` is a code, free of personal data.

    `permanent` means that asking again cannot help until someone acts.
    """

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


def failed(error: ProviderError) -> LookupFailed:
    """A provider's failure as a scan records it: its code, and whether asking again may help."""
    return LookupFailed(error.code.value, permanent=isinstance(error, PermanentProviderError))


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What a source knows of an identifier. Not `complete`: it knows more than it would tell."""

    findings: Sequence[Finding]
    complete: bool = True


class BreachSource(Protocol):
    """A place to look identifiers up in."""

    async def lookup(self, identifier: Identifier) -> SourceAnswer:
        """What the source knows of `identifier`; nothing only if it truly answered so.

        Raises:
            LookupFailed: it did not answer.
        """
        ...


class CatalogueSource(Protocol):
    """A source that publishes all its breaches."""

    async def catalogue(self) -> list[Breach]:
        """Every breach there is; never none, for that would be a fault.

        Raises:
            LookupFailed: it did not answer, or not in full.
        """
        ...

    async def newest(self) -> Breach:
        """The breach that was added last.

        Raises:
            LookupFailed: it did not answer.
        """
        ...


OpenSources = Callable[[], AbstractAsyncContextManager[Mapping[Source, BreachSource]]]
"""Opens the configured sources for one scan. A source without a key is not among them."""

OpenCatalogue = Callable[[], AbstractAsyncContextManager[CatalogueSource]]
"""Opens the source of the breach catalogue; it needs no key."""
