"""The table of imitated providers: adding one is adding it here."""

from kordant_pipelines.sandbox.fcm.service import FCM
from kordant_pipelines.sandbox.hibp.service import HIBP
from kordant_pipelines.sandbox.leakcheck.service import LEAKCHECK
from kordant_pipelines.sandbox.provider import Provider
from kordant_pipelines.sandbox.pwnedpasswords.service import PWNED_PASSWORDS
from kordant_pipelines.sandbox.resend.service import RESEND
from kordant_pipelines.sandbox.smtp.server import SMTP_NAME
from kordant_pipelines.sandbox.twilio.service import TWILIO

PROVIDERS: dict[str, Provider] = {
    provider.name: provider for provider in (FCM, HIBP, LEAKCHECK, PWNED_PASSWORDS, RESEND, TWILIO)
}

BREAKABLE = frozenset({*PROVIDERS, SMTP_NAME})
"""What faults may be put in force at: the mail server speaks no HTTP, so it is not in the table."""
