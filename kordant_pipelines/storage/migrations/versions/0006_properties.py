"""HomeTitle: watched properties, recorded documents, title alerts; coverage of other items"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_REGISTERS = ("nyc_acris", "cook_sales", "philadelphia_transfers", "attom")
_KINDS = (
    "deed",
    "quitclaim",
    "correction_deed",
    "owner_of_record",
    "mortgage",
    "mortgage_assignment",
    "mortgage_change",
    "satisfaction",
    "lis_pendens",
    "judgment",
    "federal_lien",
    "tax_lien",
    "mechanics_lien",
    "other_lien",
    "lien_release",
    "power_of_attorney",
    "sale_contract",
    "other",
    "unrecognised",
)
_REASONS = (
    "owner_changed",
    "quitclaim_nominal",
    "quitclaim_to_known",
    "grantee_not_named",
    "grantee_likely_known",
    "among_known",
    "new_lender",
    "borrower_unknown",
    "lender_not_named",
    "lender_likely_known",
    "lender_known",
    "refinance",
    "lis_pendens",
    "judgment",
    "federal_lien",
    "tax_lien",
    "other_lien",
    "mechanics_lien",
    "assignment",
    "power_of_attorney",
    "sale_contract",
    "unrecognised",
    "mortgage_change",
    "satisfaction",
    "lien_release",
    "other",
)
_SEVERITIES = ("info", "low", "medium", "high", "critical")
_ALERTS = ("baseline", "exposure", "exposure_grew", "removal_relisted", "removal_tasks")
_TITLE_ALERTS = ("title_baseline", "title_change", "title_question")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _alert_kinds(*values: str) -> None:
    op.drop_constraint(op.f("ck_alerts_alertkind"), "alerts", type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("ck_alerts_alertkind"), "alerts", f"kind IN ({listed})")


def upgrade() -> None:
    _alert_kinds(*_ALERTS, *_TITLE_ALERTS)
    # Coverage is of whatever a job looks after, at sources of that job's own kind.
    op.drop_constraint(op.f("fk_scan_coverage_item_id"), "scan_coverage", type_="foreignkey")
    op.drop_constraint(op.f("ck_scan_coverage_source"), "scan_coverage", type_="check")
    op.add_column("scan_coverage", sa.Column("good_through", sa.Date(), nullable=True))
    op.create_table(
        "properties",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("county", sa.String(length=16), nullable=False),
        sa.Column("parcel_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("parcel_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("parties_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_properties_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_properties")),
    )
    op.create_index(
        op.f("ix_properties_subscription_id"), "properties", ["subscription_id"], unique=False
    )
    op.create_index(
        "uq_properties_live",
        "properties",
        ["subscription_id", "parcel_index"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "property_checks",
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("source", _enum("register", *_REGISTERS), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_through", sa.Date(), nullable=True),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["property_id"],
            ["properties.id"],
            name=op.f("fk_property_checks_property_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("property_id", "source", name=op.f("pk_property_checks")),
    )
    op.create_table(
        "property_documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("source", _enum("register", *_REGISTERS), nullable=False),
        sa.Column("number_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", _enum("documentkind", *_KINDS), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("good_through", sa.Date(), nullable=True),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("judged", _enum("reason", *_REASONS), nullable=True),
        sa.Column("compared_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("told", _enum("severity", *_SEVERITIES), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_run_id", sa.String(length=64), nullable=False),
        sa.Column("last_run_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["property_id"],
            ["properties.id"],
            name=op.f("fk_property_documents_property_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_documents")),
        sa.UniqueConstraint(
            "property_id",
            "source",
            "number_index",
            name=op.f("uq_property_documents_property_id_source_number_index"),
        ),
    )
    op.create_table(
        "alert_documents",
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
            name=op.f("fk_alert_documents_alert_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["property_documents.id"],
            name=op.f("fk_alert_documents_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_id", "document_id", name=op.f("pk_alert_documents")),
    )
    op.create_index(
        op.f("ix_alert_documents_document_id"), "alert_documents", ["document_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_alert_documents_document_id"), table_name="alert_documents")
    op.drop_table("alert_documents")
    op.drop_table("property_documents")
    op.drop_table("property_checks")
    op.drop_index(
        "uq_properties_live",
        table_name="properties",
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_index(op.f("ix_properties_subscription_id"), table_name="properties")
    op.drop_table("properties")
    op.execute("DELETE FROM alerts WHERE kind LIKE 'title!_%' ESCAPE '!'")
    op.execute("DELETE FROM scans WHERE job = 'hometitle_scan'")
    op.drop_column("scan_coverage", "good_through")
    op.create_check_constraint(
        op.f("ck_scan_coverage_source"),
        "scan_coverage",
        "source IN ('hibp', 'hibp_pastes', 'leakcheck')",
    )
    op.create_foreign_key(
        op.f("fk_scan_coverage_item_id"),
        "scan_coverage",
        "watch_items",
        ["item_id"],
        ["id"],
        ondelete="CASCADE",
    )
    _alert_kinds(*_ALERTS)
