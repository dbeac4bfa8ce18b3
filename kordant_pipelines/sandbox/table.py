"""The table of imitated providers: adding one is adding it here."""

from kordant_pipelines.sandbox.brokers.service import BROKERS
from kordant_pipelines.sandbox.hibp.service import HIBP
from kordant_pipelines.sandbox.leakcheck.service import LEAKCHECK
from kordant_pipelines.sandbox.provider import Provider
from kordant_pipelines.sandbox.pwnedpasswords.service import PWNED_PASSWORDS

PROVIDERS: dict[str, Provider] = {
    provider.name: provider for provider in (BROKERS, HIBP, LEAKCHECK, PWNED_PASSWORDS)
}
