"""The links in messages: they begin with the public address and end in a signed token."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kordant_pipelines.security.links import LinkSigner

UNSUBSCRIBE_LASTS = timedelta(days=2 * 365)
"""Whoever finds an old e-mail may still end them."""


@dataclass(frozen=True)
class Links:
    """Makes links. Without a public address there are none, and no e-mail that needs one."""

    public_url: str | None
    unsubscribe: LinkSigner
    report: LinkSigner
    report_lasts: timedelta

    def to_unsubscribe(self, contact_point_id: str, now: datetime) -> str:
        """A link that ends all messages to a contact point."""
        return self._to("unsubscribe", self.unsubscribe, contact_point_id, now + UNSUBSCRIBE_LASTS)

    def to_report(self, report_id: str, now: datetime) -> str:
        """A link that opens a report for a while."""
        return self._to("reports", self.report, report_id, now + self.report_lasts)

    def to_twilio_callback(self, delivery_id: str) -> str | None:
        """Where Twilio tells what became of a delivery."""
        return f"{self.base}/callbacks/twilio/{delivery_id}" if self.public_url else None

    @property
    def base(self) -> str:
        """The public address, without a slash at its end."""
        return (self.public_url or "").rstrip("/")

    def _to(self, path: str, signer: LinkSigner, subject: str, until: datetime) -> str:
        return f"{self.base}/{path}/{signer.token(subject, until)}"
