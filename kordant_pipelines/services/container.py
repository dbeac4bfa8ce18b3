"""All services of a process, wired from its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from kordant_pipelines.domain.clock import Clock, utc_now
from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.providers.hibp.proof import ApiProof
from kordant_pipelines.providers.imap.inbox import ImapInbox
from kordant_pipelines.providers.imap.server import ImapServer
from kordant_pipelines.providers.smtp.letters import LetterSender
from kordant_pipelines.providers.smtp.server import SmtpServer
from kordant_pipelines.providers.transport import Timeouts
from kordant_pipelines.security.keyring import Keyring, read_keyring
from kordant_pipelines.security.links import LinkSigner
from kordant_pipelines.services.access.access import Access
from kordant_pipelines.services.admin.admin import Admin
from kordant_pipelines.services.alerts import Alerts
from kordant_pipelines.services.calendar.calendar import Calendar
from kordant_pipelines.services.calendar.events import PendingWork
from kordant_pipelines.services.changes import Changes
from kordant_pipelines.services.darkwatch.access import ProviderAccess
from kordant_pipelines.services.darkwatch.catalogue import Catalogue
from kordant_pipelines.services.darkwatch.scan import DarkWatch
from kordant_pipelines.services.hometitle.access import RegisterAccess
from kordant_pipelines.services.hometitle.properties import Properties
from kordant_pipelines.services.hometitle.scan import HomeTitle
from kordant_pipelines.services.hometitle.timeline import Timeline
from kordant_pipelines.services.monitoring.monitoring import Monitoring
from kordant_pipelines.services.notifications.access import ChannelAccess, TwilioAccess
from kordant_pipelines.services.notifications.contacts import CallbackKeys, Contacts
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.notifications.notifications import Notifications
from kordant_pipelines.services.people import People
from kordant_pipelines.services.removals.access import BrokerAccess, Mailbox
from kordant_pipelines.services.removals.brokers import Brokers
from kordant_pipelines.services.removals.customers import Removals
from kordant_pipelines.services.removals.inbox import RemovalInbox
from kordant_pipelines.services.removals.run import RemoveBrokers
from kordant_pipelines.services.reports.reports import Reports
from kordant_pipelines.services.subscriptions import Subscriptions
from kordant_pipelines.services.voice.opening import Voice, open_voice
from kordant_pipelines.services.workers import Workers
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.objects import ObjectStore


@dataclass(frozen=True)
class Services:
    """What jobs, sensors and commands call."""

    database: Database
    subscriptions: Subscriptions
    changes: Changes
    calendar: Calendar
    alerts: Alerts
    catalogue: Catalogue
    contacts: Contacts
    darkwatch: DarkWatch
    hometitle: HomeTitle
    properties: Properties
    timeline: Timeline
    notifications: Notifications
    brokers: Brokers
    removals: Removals
    removal_inbox: RemovalInbox
    remove_brokers: RemoveBrokers
    reports: Reports
    voice: Voice
    pending_work: Mapping[Job, PendingWork]
    workers: Workers
    access: Access
    admin: Admin
    monitoring: Monitoring

    def close(self) -> None:
        """Give back the connections."""
        self.database.close()


def open_services(settings: Settings, *, clock: Clock = utc_now) -> Services:
    """Wire the services up.

    Raises:
        Misconfigured: a setting or the keyring is missing or wrong.
    """
    if settings.keyring_file is None:
        raise Misconfigured(_unset("KORDANT_KEYRING_FILE"))
    read = partial(read_keyring, settings.keyring_file)
    return build_services(settings, read(), read_again=read, clock=clock)


def build_services(
    settings: Settings,
    keyring: Keyring,
    *,
    read_again: Callable[[], Keyring] | None = None,
    clock: Clock = utc_now,
) -> Services:
    """Wire the services up with this keyring; `read_again` as for `Vault`."""
    if settings.database_url is None:
        raise Misconfigured(_unset("KORDANT_DATABASE_URL"))
    database = Database(settings.database_url)
    people = People.with_keyring(keyring, read_again)
    access = provider_access(settings)
    catalogue = Catalogue(
        database,
        access.open_catalogue,
        clock,
        max_age=timedelta(minutes=settings.catalogue_max_age_minutes),
    )
    darkwatch = DarkWatch(
        database,
        people,
        catalogue,
        access.open_sources,
        clock,
        lookups_at_once=settings.lookups_at_once,
    )
    calendar = Calendar.of(
        database,
        clock,
        queue_depth=settings.queue_depth,
        retry_delays=settings.retry_delays,
    )
    links = Links(
        public_url=settings.public_url,
        unsubscribe=LinkSigner(keyring, "unsubscribe"),
        report=LinkSigner(keyring, "report"),
        report_lasts=timedelta(days=settings.report_link_days),
    )
    routes = channel_access(settings).routes(links, clock)
    notifications = Notifications(database, people, routes, links, clock)
    brokers = Brokers(database, clock, settings.broker_registry)
    reach = broker_access(settings, clock)
    inbox = RemovalInbox(database, people, reach.mailbox, clock)
    remove_brokers = RemoveBrokers(
        database,
        people,
        brokers,
        reach,
        inbox,
        clock,
        errands_at_once=settings.lookups_at_once,
    )
    voice = open_voice(settings, database, people, clock)
    workers = Workers(database)
    return Services(
        database=database,
        subscriptions=Subscriptions(database, people, clock),
        changes=Changes(database),
        calendar=calendar,
        alerts=Alerts(database, people),
        catalogue=catalogue,
        contacts=Contacts(database, people, links, callback_keys(settings), clock),
        darkwatch=darkwatch,
        hometitle=HomeTitle(
            database,
            people,
            register_access(settings).open_registers,
            clock,
            lookups_at_once=settings.lookups_at_once,
        ),
        properties=Properties(database, people, clock),
        timeline=Timeline(database, people),
        notifications=notifications,
        brokers=brokers,
        removals=Removals(database, people, brokers, clock),
        removal_inbox=inbox,
        remove_brokers=remove_brokers,
        reports=Reports(database, people, ObjectStore(settings.report_store), links, clock),
        voice=voice,
        pending_work={
            Job.VOICEPRINT: voice.queue,
            Job.NOTIFICATIONS: notifications,
            Job.REMOVALS: remove_brokers,
        },
        workers=workers,
        access=Access.of(database, clock),
        admin=Admin.of(database, clock, calendar),
        monitoring=Monitoring.of(settings, database, clock, calendar, access, workers),
    )


def provider_access(settings: Settings) -> ProviderAccess:
    """How the settings say to reach the providers."""
    if settings.broker_url is None:
        raise Misconfigured(_unset("KORDANT_BROKER_URL"))
    hibp, leakcheck = settings.hibp_api_key, settings.leakcheck_api_key
    return ProviderAccess(
        valkey_url=settings.broker_url,
        hibp_url=settings.hibp_url,
        hibp_api_key=hibp.get_secret_value() if hibp else None,
        leakcheck_url=settings.leakcheck_url,
        leakcheck_api_key=leakcheck.get_secret_value() if leakcheck else None,
        timeouts=Timeouts(
            total=settings.provider_timeout_seconds, read=settings.provider_timeout_seconds
        ),
        patience_seconds=settings.provider_patience_seconds,
        hibp_proof=ApiProof(),
    )


def register_access(settings: Settings) -> RegisterAccess:
    """How the settings say to reach the land registers."""
    if settings.broker_url is None:
        raise Misconfigured(_unset("KORDANT_BROKER_URL"))
    acris, cook = settings.acris_api_key, settings.cook_api_key
    attom = settings.attom_api_key
    return RegisterAccess(
        valkey_url=settings.broker_url,
        acris_url=settings.acris_url,
        acris_app_token=acris.get_secret_value() if acris else None,
        cook_url=settings.cook_url,
        cook_app_token=cook.get_secret_value() if cook else None,
        philadelphia_url=settings.philadelphia_url,
        attom_url=settings.attom_url,
        attom_api_key=attom.get_secret_value() if attom else None,
        timeouts=Timeouts(
            total=settings.provider_timeout_seconds, read=settings.provider_timeout_seconds
        ),
        patience_seconds=settings.provider_patience_seconds,
    )


def broker_access(settings: Settings, clock: Clock) -> BrokerAccess:
    """How the settings say to reach data brokers, and to be answered by them."""
    if settings.broker_url is None:
        raise Misconfigured(_unset("KORDANT_BROKER_URL"))
    timeout = settings.provider_timeout_seconds
    mailbox: Mailbox | None = None
    address, smtp, imap = (
        settings.removals_address,
        settings.removals_smtp_url,
        settings.removals_imap_url,
    )
    if address and smtp and imap:
        mailbox = Mailbox(
            address,
            LetterSender(SmtpServer.parse(smtp), clock, timeout=timeout),
            ImapInbox(ImapServer.parse(imap), timeout=timeout),
        )
    return BrokerAccess(
        valkey_url=settings.broker_url,
        timeouts=Timeouts(total=timeout, read=timeout),
        patience_seconds=settings.provider_patience_seconds,
        mailbox=mailbox,
    )


def channel_access(settings: Settings) -> ChannelAccess:
    """How the settings say to reach the customers."""
    if settings.broker_url is None:
        raise Misconfigured(_unset("KORDANT_BROKER_URL"))
    resend, twilio = settings.resend_api_key, None
    if settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_from:
        twilio = TwilioAccess(
            url=settings.twilio_url,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            sender=settings.twilio_from,
        )
    return ChannelAccess(
        valkey_url=settings.broker_url,
        timeouts=Timeouts(
            total=settings.provider_timeout_seconds, read=settings.provider_timeout_seconds
        ),
        patience_seconds=settings.provider_patience_seconds,
        email_from=settings.email_from or "",
        smtp_url=settings.smtp_url,
        resend_url=settings.resend_url,
        resend_api_key=resend.get_secret_value() if resend else None,
        twilio=twilio,
        fcm_url=settings.fcm_url,
        fcm_credentials_file=settings.fcm_credentials_file,
    )


def callback_keys(settings: Settings) -> CallbackKeys:
    """What the settings say that providers sign their callbacks with."""
    twilio, resend = settings.twilio_auth_token, settings.resend_signing_key
    return CallbackKeys(
        twilio_auth_token=twilio.get_secret_value() if twilio else None,
        resend_signing_key=resend.get_secret_value() if resend else None,
    )


def _unset(variable: str) -> str:
    return f'{variable} is not set. Beside a running system, run: eval "$(kordant env)"'
