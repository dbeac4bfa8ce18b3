"""Words for the codes a report holds: kinds of advice, causes, standings, stages."""

from collections.abc import Mapping

from kordant_pipelines.domain.advice import Advice
from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.reports.model import ActionKind, Known, Standing
from kordant_pipelines.domain.reports.score import Band, Factor
from kordant_pipelines.domain.reports.sections import BrokerStage, VoiceOutcome
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.words import mark

ACTION_TITLES: Mapping[Advice | ActionKind, str] = {
    Advice.CLEAN_DEVICE: mark("Clean the infected device, then change its passwords"),
    Advice.FREEZE_CREDIT: mark("Freeze your credit"),
    Advice.REPLACE_CARD: mark("Have your card or account replaced"),
    Advice.END_SESSIONS: mark("Sign out everywhere"),
    Advice.CHANGE_PASSWORD: mark("Change your passwords"),
    Advice.CHANGE_ANSWERS: mark("Change your security answers"),
    Advice.EXPECT_SCAM_CALLS: mark("Be ready for scam calls"),
    Advice.EXPECT_PHISHING: mark("Be ready for phishing"),
    ActionKind.REVIEW_DEED: mark("Check a document recorded on your property"),
    ActionKind.HELP_REMOVAL: mark("Help us finish a removal"),
}
ACTION_TEXTS: Mapping[Advice | ActionKind, str] = {
    Advice.CLEAN_DEVICE: mark(
        "Malware on a device of yours took what you typed. Scan it first, then change the "
        "passwords of every account used on it from another, clean device."
    ),
    Advice.FREEZE_CREDIT: mark(
        "Data that cannot be changed is out. Freeze your credit with the bureaus of your country "
        "and watch for accounts opened in your name."
    ),
    Advice.REPLACE_CARD: mark(
        "Ask your bank to replace the card or account, and go through its latest transactions."
    ),
    Advice.END_SESSIONS: mark(
        "Keys that open your account without a password are out. End every session, revoke access "
        "keys, then change the password."
    ),
    Advice.CHANGE_PASSWORD: mark(
        "Change the password there and wherever you used the same one, and turn on two-factor "
        "sign-in."
    ),
    Advice.CHANGE_ANSWERS: mark("Change your password and your security answers there."),
    Advice.EXPECT_SCAM_CALLS: mark(
        "Give no codes away on the phone, and set a PIN with your carrier so that nobody can move "
        "your number."
    ),
    Advice.EXPECT_PHISHING: mark(
        "Messages that name this service may be false. Open its site yourself, follow no link."
    ),
    ActionKind.REVIEW_DEED: mark(
        "Ask the recording office for a copy. If you did not sign it, report it at once."
    ),
    ActionKind.HELP_REMOVAL: mark(
        "The broker wants to hear from you in person. Follow the steps in your account."
    ),
}
ADVICE_IN_SHORT: Mapping[Advice, str] = {
    Advice.CLEAN_DEVICE: mark("Clean the device"),
    Advice.FREEZE_CREDIT: mark("Freeze credit"),
    Advice.REPLACE_CARD: mark("Replace card or account"),
    Advice.END_SESSIONS: mark("Sign out everywhere"),
    Advice.CHANGE_PASSWORD: mark("Change password"),
    Advice.CHANGE_ANSWERS: mark("Change answers"),
    Advice.EXPECT_SCAM_CALLS: mark("Beware of calls"),
    Advice.EXPECT_PHISHING: mark("Beware of phishing"),
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.CRITICAL: mark("Critical"),
    Severity.HIGH: mark("High"),
    Severity.MEDIUM: mark("Medium"),
    Severity.LOW: mark("Low"),
    Severity.INFO: mark("Note"),
}
FACTORS: Mapping[Factor, str] = {
    Factor.CRITICAL: mark("Critical findings"),
    Factor.HIGH: mark("High findings"),
    Factor.MEDIUM: mark("Medium findings"),
    Factor.LOW: mark("Low findings"),
    Factor.PROPERTY: mark("Unexplained property documents"),
    Factor.BROKERS: mark("Broker listings not removed"),
}
BANDS: Mapping[Band, str] = {
    Band.GOOD: mark("Good"),
    Band.FAIR: mark("Fair"),
    Band.WEAK: mark("Weak"),
    Band.POOR: mark("Poor"),
}
STANDINGS: Mapping[Standing, str] = {
    Standing.NEW: mark("New in this period"),
    Standing.FIRST_CHECK: mark("Brought up by the first check"),
    Standing.OPEN: mark("Still open"),
    Standing.RESOLVED: mark("Resolved in this period"),
}
STANDING_NOTES: Mapping[Standing, str] = {
    Standing.NEW: mark("We first saw these in this period, whenever they happened."),
    Standing.FIRST_CHECK: mark(
        "The first look at an identifier brings up all that is already known of it. These are "
        "mostly old."
    ),
    Standing.OPEN: mark("Told in earlier reports, and still listed."),
    Standing.RESOLVED: mark("No source that we asked lists these any more."),
}
KINDS: Mapping[IdentifierKind, str] = {
    IdentifierKind.EMAIL: mark("E-mail address"),
    IdentifierKind.PHONE: mark("Phone number"),
    IdentifierKind.USERNAME: mark("User name"),
}
KNOWN: Mapping[Known, str] = {
    Known.ALL: mark("Checked"),
    Known.IN_PART: mark("Checked in part"),
    Known.NOTHING: mark("Not checked"),
}
SOURCES: Mapping[Source, str] = {
    Source.HIBP: mark("Breaches (Have I Been Pwned)"),
    Source.HIBP_PASTES: mark("Pastes (Have I Been Pwned)"),
    Source.LEAKCHECK: mark("Leaks (LeakCheck)"),
}
STAGES: Mapping[BrokerStage, str] = {
    BrokerStage.FOUND: mark("Found"),
    BrokerStage.SUBMITTED: mark("Removal requested"),
    BrokerStage.ACKNOWLEDGED: mark("Acknowledged"),
    BrokerStage.REMOVED: mark("Removed"),
    BrokerStage.REAPPEARED: mark("Listed again"),
    BrokerStage.NEEDS_YOU: mark("Needs you"),
    BrokerStage.REFUSED: mark("Refused"),
}
VOICE: Mapping[VoiceOutcome, str] = {
    VoiceOutcome.SYNTHETIC: mark("Sounds synthetic"),
    VoiceOutcome.REPEATED: mark("Repeats your enrolment"),
    VoiceOutcome.SIMILAR: mark("Similar to your voice"),
    VoiceOutcome.UNSURE: mark("Unclear"),
    VoiceOutcome.DIFFERENT: mark("Not similar"),
    VoiceOutcome.NOT_ASSESSED: mark("Not assessed"),
}
_REASONS: Mapping[str, str] = {
    "answer_cut_short": mark("the source holds more than it shows"),
    "bad_key": mark("our access to the source was refused"),
    "forbidden": mark("our access to the source was refused"),
    "limiter_unavailable": mark("a fault on our side"),
    "malformed_response": mark("the source gave an unusable answer"),
    "no_source_for_email": mark("no source of ours covers this kind yet"),
    "no_source_for_phone": mark("no source of ours covers this kind yet"),
    "no_source_for_username": mark("no source of ours covers this kind yet"),
    "rate_limited": mark("the source asked us to come back later"),
    "schema_drift": mark("the source gave an unusable answer"),
    "timeout": mark("the source did not answer in time"),
    "unavailable": mark("the source was not reachable"),
}
_SOME_FAULT = mark("the source could not be asked")


def reason(code: str) -> str:
    """Why a source said nothing, for a customer; codes are for operators."""
    return _REASONS.get(code, _SOME_FAULT)
