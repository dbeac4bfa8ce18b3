"""Every table of the domain database. Import from here, so that the metadata is complete."""

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.storage.models.access import AccessTokenRow, AuditRow, WebSessionRow
from kordant_pipelines.storage.models.alerts import AlertExposureRow, AlertRow
from kordant_pipelines.storage.models.base import Base
from kordant_pipelines.storage.models.breaches import BreachRow, CatalogueRow
from kordant_pipelines.storage.models.calendar import (
    OpenedPeriodRow,
    OwedRunRow,
    ScheduleConfigRow,
)
from kordant_pipelines.storage.models.changes import ChangeRow
from kordant_pipelines.storage.models.coverage import CoverageRow, ItemCheckRow, ScanRow
from kordant_pipelines.storage.models.deliveries import DeliveryRow, SuppressionRow
from kordant_pipelines.storage.models.exposures import ExposureRow
from kordant_pipelines.storage.models.keyring import KeyringRow
from kordant_pipelines.storage.models.monitoring import (
    HealthConditionRow,
    OperatorNoticeRow,
    RunTimingRow,
    RunTotalRow,
)
from kordant_pipelines.storage.models.notifications import NotificationRow
from kordant_pipelines.storage.models.properties import (
    AlertDocumentRow,
    PropertyCheckRow,
    PropertyDocumentRow,
    PropertyRow,
)
from kordant_pipelines.storage.models.removals import (
    BrokerCoverageRow,
    BrokerRow,
    BrokerTroubleRow,
    RemovalMailboxRow,
    RemovalMailRow,
    RemovalProfileRow,
    RemovalRequestRow,
    RemovalTaskRow,
    RemovalTransitionRow,
    TaskKind,
)
from kordant_pipelines.storage.models.reports import ReportRow
from kordant_pipelines.storage.models.requests import AdminRequestRow
from kordant_pipelines.storage.models.subscriptions import SubscriptionRow, WatchItemRow
from kordant_pipelines.storage.models.users import (
    ContactPointRow,
    PreferenceRow,
    UserRow,
)
from kordant_pipelines.storage.models.voice import (
    ProtectedVoiceRow,
    VoiceCalibrationRow,
    VoiceJobRow,
    VoiceprintRow,
    VoiceRecordingRow,
    VoiceResultRow,
)
from kordant_pipelines.storage.models.workers import TaskClaimRow, WorkerRow

__all__ = [
    "AccessTokenRow",
    "AdminRequestRow",
    "AlertDocumentRow",
    "AlertExposureRow",
    "AlertRow",
    "AuditRow",
    "Base",
    "BreachRow",
    "BrokerCoverageRow",
    "BrokerRow",
    "BrokerTroubleRow",
    "CatalogueRow",
    "ChangeRow",
    "Channel",
    "ContactPointRow",
    "CoverageRow",
    "DeliveryRow",
    "ExposureRow",
    "HealthConditionRow",
    "ItemCheckRow",
    "KeyringRow",
    "NotificationRow",
    "OpenedPeriodRow",
    "OperatorNoticeRow",
    "OwedRunRow",
    "PreferenceRow",
    "PropertyCheckRow",
    "PropertyDocumentRow",
    "PropertyRow",
    "ProtectedVoiceRow",
    "RemovalMailRow",
    "RemovalMailboxRow",
    "RemovalProfileRow",
    "RemovalRequestRow",
    "RemovalTaskRow",
    "RemovalTransitionRow",
    "ReportRow",
    "RunTimingRow",
    "RunTotalRow",
    "ScanRow",
    "ScheduleConfigRow",
    "SubscriptionRow",
    "SuppressionRow",
    "TaskClaimRow",
    "TaskKind",
    "UserRow",
    "VoiceCalibrationRow",
    "VoiceJobRow",
    "VoiceRecordingRow",
    "VoiceResultRow",
    "VoiceprintRow",
    "WatchItemRow",
    "WebSessionRow",
    "WorkerRow",
]
