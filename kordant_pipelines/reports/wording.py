"""Words for the codes a report holds: kinds of advice, causes, standings, stages."""

from collections.abc import Mapping

from kordant_pipelines.domain.advice import Advice
from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.reports.model import ActionKind, Known, Standing
from kordant_pipelines.domain.reports.score import Band, Factor
from kordant_pipelines.domain.reports.sections import BrokerStage, VoiceOutcome
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.reports.marking import N_

ACTION_TITLES: Mapping[Advice | ActionKind, str] = {
    Advice.CLEAN_DEVICE: N_("Clean the infected device, then change its passwords"),
    Advice.FREEZE_CREDIT: N_("Freeze your credit"),
    Advice.REPLACE_CARD: N_("Have your card or account replaced"),
    Advice.END_SESSIONS: N_("Sign out everywhere"),
    Advice.CHANGE_PASSWORD: N_("Change your passwords"),
    Advice.CHANGE_ANSWERS: N_("Change your security answers"),
    Advice.EXPECT_SCAM_CALLS: N_("Be ready for scam calls"),
    Advice.EXPECT_PHISHING: N_("Be ready for phishing"),
    ActionKind.REVIEW_DEED: N_("Check a document recorded on your property"),
    ActionKind.HELP_REMOVAL: N_("Help us finish a removal"),
}
ACTION_TEXTS: Mapping[Advice | ActionKind, str] = {
    Advice.CLEAN_DEVICE: N_(
        "Malware on a device of yours took what you typed. Scan it first, then change the "
        "passwords of every account used on it from another, clean device."
    ),
    Advice.FREEZE_CREDIT: N_(
        "Data that cannot be changed is out. Freeze your credit with the bureaus of your country "
        "and watch for accounts opened in your name."
    ),
    Advice.REPLACE_CARD: N_(
        "Ask your bank to replace the card or account, and go through its latest transactions."
    ),
    Advice.END_SESSIONS: N_(
        "Keys that open your account without a password are out. End every session, revoke access "
        "keys, then change the password."
    ),
    Advice.CHANGE_PASSWORD: N_(
        "Change the password there and wherever you used the same one, and turn on two-factor "
        "sign-in."
    ),
    Advice.CHANGE_ANSWERS: N_("Change your password and your security answers there."),
    Advice.EXPECT_SCAM_CALLS: N_(
        "Give no codes away on the phone, and set a PIN with your carrier so that nobody can move "
        "your number."
    ),
    Advice.EXPECT_PHISHING: N_(
        "Messages that name this service may be false. Open its site yourself, follow no link."
    ),
    ActionKind.REVIEW_DEED: N_(
        "Ask the recording office for a copy. If you did not sign it, report it at once."
    ),
    ActionKind.HELP_REMOVAL: N_(
        "The broker wants to hear from you in person. Follow the steps in your account."
    ),
}
ADVICE_IN_SHORT: Mapping[Advice, str] = {
    Advice.CLEAN_DEVICE: N_("Clean the device"),
    Advice.FREEZE_CREDIT: N_("Freeze credit"),
    Advice.REPLACE_CARD: N_("Replace card or account"),
    Advice.END_SESSIONS: N_("Sign out everywhere"),
    Advice.CHANGE_PASSWORD: N_("Change password"),
    Advice.CHANGE_ANSWERS: N_("Change answers"),
    Advice.EXPECT_SCAM_CALLS: N_("Beware of calls"),
    Advice.EXPECT_PHISHING: N_("Beware of phishing"),
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.CRITICAL: N_("Critical"),
    Severity.HIGH: N_("High"),
    Severity.MEDIUM: N_("Medium"),
    Severity.LOW: N_("Low"),
    Severity.INFO: N_("Note"),
}
FACTORS: Mapping[Factor, str] = {
    Factor.CRITICAL: N_("Critical findings"),
    Factor.HIGH: N_("High findings"),
    Factor.MEDIUM: N_("Medium findings"),
    Factor.LOW: N_("Low findings"),
    Factor.PROPERTY: N_("Unexplained property documents"),
    Factor.BROKERS: N_("Broker listings not removed"),
}
BANDS: Mapping[Band, str] = {
    Band.GOOD: N_("Good"),
    Band.FAIR: N_("Fair"),
    Band.WEAK: N_("Weak"),
    Band.POOR: N_("Poor"),
}
STANDINGS: Mapping[Standing, str] = {
    Standing.NEW: N_("New in this period"),
    Standing.FIRST_CHECK: N_("Brought up by the first check"),
    Standing.OPEN: N_("Still open"),
    Standing.RESOLVED: N_("Resolved in this period"),
}
STANDING_NOTES: Mapping[Standing, str] = {
    Standing.NEW: N_("We first saw these in this period, whenever they happened."),
    Standing.FIRST_CHECK: N_(
        "The first look at an identifier brings up all that is already known of it. These are "
        "mostly old."
    ),
    Standing.OPEN: N_("Told in earlier reports, and still listed."),
    Standing.RESOLVED: N_("No source that we asked lists these any more."),
}
KINDS: Mapping[IdentifierKind, str] = {
    IdentifierKind.EMAIL: N_("E-mail address"),
    IdentifierKind.PHONE: N_("Phone number"),
    IdentifierKind.USERNAME: N_("User name"),
}
KNOWN: Mapping[Known, str] = {
    Known.ALL: N_("Checked"),
    Known.IN_PART: N_("Checked in part"),
    Known.NOTHING: N_("Not checked"),
}
SOURCES: Mapping[Source, str] = {
    Source.HIBP: N_("Breaches (Have I Been Pwned)"),
    Source.HIBP_PASTES: N_("Pastes (Have I Been Pwned)"),
    Source.LEAKCHECK: N_("Leaks (LeakCheck)"),
}
STAGES: Mapping[BrokerStage, str] = {
    BrokerStage.FOUND: N_("Found"),
    BrokerStage.SUBMITTED: N_("Removal requested"),
    BrokerStage.ACKNOWLEDGED: N_("Acknowledged"),
    BrokerStage.REMOVED: N_("Removed"),
    BrokerStage.REAPPEARED: N_("Listed again"),
    BrokerStage.NEEDS_YOU: N_("Needs you"),
    BrokerStage.REFUSED: N_("Refused"),
}
VOICE: Mapping[VoiceOutcome, str] = {
    VoiceOutcome.SIMILAR: N_("Similar to your voice"),
    VoiceOutcome.UNSURE: N_("Unclear"),
    VoiceOutcome.DIFFERENT: N_("Not similar"),
    VoiceOutcome.NOT_ASSESSED: N_("Not assessed"),
}
_REASONS: Mapping[str, str] = {
    "answer_cut_short": N_("the source holds more than it shows"),
    "bad_key": N_("our access to the source was refused"),
    "forbidden": N_("our access to the source was refused"),
    "limiter_unavailable": N_("a fault on our side"),
    "malformed_response": N_("the source gave an unusable answer"),
    "no_source_for_email": N_("no source of ours covers this kind yet"),
    "no_source_for_phone": N_("no source of ours covers this kind yet"),
    "no_source_for_username": N_("no source of ours covers this kind yet"),
    "rate_limited": N_("the source asked us to come back later"),
    "schema_drift": N_("the source gave an unusable answer"),
    "timeout": N_("the source did not answer in time"),
    "unavailable": N_("the source was not reachable"),
}
_SOME_FAULT = N_("the source could not be asked")


def reason(code: str) -> str:
    """Why a source said nothing, for a customer; codes are for operators."""
    return _REASONS.get(code, _SOME_FAULT)
