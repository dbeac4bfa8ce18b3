"""What went wrong when a source that a scan asks did not answer, whichever job asks it."""

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
