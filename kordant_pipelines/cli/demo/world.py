"""The demo's outside world: the sandbox, how settings point at it, and its customers."""

import sys
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import SecretStr

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.runtime.probes import http_ok
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.smtp.server import PASSWORD, USERNAME
from kordant_pipelines.sandbox.world.customers import Customer
from kordant_pipelines.sandbox.world.seed import load_seed
from kordant_pipelines.services.subscriptions import NewSubscription, Subscriptions
from kordant_pipelines.settings import Settings


def require_own_servers(settings: Settings) -> None:
    """Raise RefusedInput unless the demo would run on the embedded servers of this very home.

    Its workers ask the sandbox, which knows nobody else's customers: they would be called clean.
    """
    environment = resolve(settings)
    if environment.postgres is None or environment.valkey is None:
        raise RefusedInput(
            f"The demo runs on embedded servers under {environment.layout.home} only, but "
            "KORDANT_DATABASE_URL or KORDANT_BROKER_URL names others. Unset them, or run it in a "
            "shell of its own."
        )


def sandbox_child(host: str, port: int, settings: Settings) -> Child:
    """The sandbox, as the supervisor runs it; it takes mail and push messages as `settings` say."""
    mail = urlsplit(settings.smtp_url or "")
    return Child(
        name="sandbox",
        argv=[
            *(sys.executable, "-m", "kordant_pipelines.sandbox"),
            *("--host", host, "--port", str(port), "--smtp-port", str(mail.port)),
            *("--fcm-credentials", str(settings.fcm_credentials_file)),
        ],
        ready=http_ok(f"http://{host}:{port}/healthz"),
    )


def pointed_at_sandbox(
    settings: Settings, url: str, *, smtp_port: int, public_url: str
) -> Settings:
    """The same settings with the sandbox in place of the real providers.

    Where no home was set it is one of the demo's own: invented customers are not for real scans.
    """
    own = {} if "home" in settings.model_fields_set else {"home": user_data_path("kordant-demo")}
    home = own.get("home", settings.home)
    return settings.model_copy(
        update=own
        | {
            "public_url": public_url,
            "email_from": "Kordant <alerts@kordant.example>",
            "smtp_url": f"smtp://{USERNAME}:{PASSWORD}@127.0.0.1:{smtp_port}",
            "resend_api_key": None,
            "resend_signing_key": None,
            "twilio_url": f"{url}/twilio/2010-04-01",
            "twilio_account_sid": Sandbox.twilio_account_sid,
            "twilio_auth_token": SecretStr(Sandbox.twilio_auth_token),
            "twilio_from": Sandbox.twilio_from,
            "fcm_url": f"{url}/google/fcm/v1",
            "fcm_credentials_file": home / "keys" / "sandbox-service-account.json",
            "hibp_url": f"{url}/hibp/api/v3",
            "hibp_api_key": SecretStr(Sandbox.hibp_key),
            "leakcheck_url": f"{url}/leakcheck/api/v2",
            "leakcheck_api_key": SecretStr(Sandbox.leakcheck_key),
        }
    )


def provider_variables(settings: Settings) -> dict[str, str]:
    """The provider settings as environment variables, for child processes."""
    return {
        "KORDANT_HIBP_URL": settings.hibp_url,
        "KORDANT_HIBP_API_KEY": _revealed(settings.hibp_api_key),
        "KORDANT_LEAKCHECK_URL": settings.leakcheck_url,
        "KORDANT_LEAKCHECK_API_KEY": _revealed(settings.leakcheck_api_key),
        "KORDANT_PUBLIC_URL": settings.public_url or "",
        "KORDANT_EMAIL_FROM": settings.email_from or "",
        "KORDANT_SMTP_URL": settings.smtp_url or "",
        "KORDANT_RESEND_API_KEY": "",
        "KORDANT_RESEND_SIGNING_KEY": "",
        "KORDANT_TWILIO_URL": settings.twilio_url,
        "KORDANT_TWILIO_ACCOUNT_SID": settings.twilio_account_sid or "",
        "KORDANT_TWILIO_AUTH_TOKEN": _revealed(settings.twilio_auth_token),
        "KORDANT_TWILIO_FROM": settings.twilio_from or "",
        "KORDANT_FCM_URL": settings.fcm_url,
        "KORDANT_FCM_CREDENTIALS_FILE": str(settings.fcm_credentials_file or ""),
    }


def seed(subscriptions: Subscriptions) -> frozenset[str]:
    """Add the sandbox's customers; return the subscriptions that were not there yet.

    Raises:
        RefusedInput: the database holds other subscriptions; the demo must not touch those.
    """
    customers = load_seed().customers
    known = {customer.ref for customer in customers}
    foreign = [row.id for row in subscriptions.summaries() if row.ref not in known]
    if foreign:
        raise RefusedInput(
            f"This database holds {len(foreign)} subscriptions that are not the demo's, such as "
            f"{foreign[0]}. Set KORDANT_HOME to an empty folder for the demo."
        )
    stored = [subscriptions.add(_sale(customer)) for customer in customers]
    return frozenset(subscription_id for subscription_id, is_new in stored if is_new)


def _sale(customer: Customer) -> NewSubscription:
    return NewSubscription(
        ref=customer.ref,
        tier=Tier(customer.tier.value),
        name=customer.name,
        locale=customer.locale,
        time_zone=customer.timezone,
        contact_emails=(customer.email,),
        contact_phones=(customer.phone,),
        contact_devices=customer.devices,
        emails=customer.watch.emails,
        phones=customer.watch.phones,
        usernames=customer.watch.usernames,
    )


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
