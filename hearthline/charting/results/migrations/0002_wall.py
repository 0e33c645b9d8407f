"""The wall of each table of results, and the references inside one organization. Nothing is ever deleted."""

from django.db import migrations

from hearthline.foundation.database import composite_foreign_key, tenant_table

KEPT = {"app": "SELECT, INSERT, UPDATE"}
ADDED_ONLY = {"app": "SELECT, INSERT"}
TABLES = {
    "laboratory": KEPT,
    "machinetoken": {"app": "SELECT, INSERT, UPDATE (revoked_at, last_used_at)"},
    "incomingmessage": KEPT,
    "report": KEPT,
    "reportversion": ADDED_ONLY,
    "resultdocument": ADDED_ONLY,
    # What a laboratory said never changes: only which version of a line leads.
    "observation": {"app": "SELECT, INSERT, UPDATE (is_current)"},
    "acknowledgement": ADDED_ONLY,
    "handover": ADDED_ONLY,
    "hold": {"app": "SELECT, INSERT, UPDATE (ended_at)"},
    "criticalresult": KEPT,
}
REFERENCES = (
    ("laboratory", "issuer_id", "directory_identifierissuer"),
    ("machinetoken", "laboratory_id", "results_laboratory"),
    ("incomingmessage", "laboratory_id", "results_laboratory"),
    ("incomingmessage", "corrects_id", "results_incomingmessage"),
    ("report", "patient_id", "directory_patient"),
    ("report", "laboratory_id", "results_laboratory"),
    ("report", "responsible_id", "directory_practitioner"),
    ("reportversion", "report_id", "results_report"),
    ("reportversion", "message_id", "results_incomingmessage"),
    ("resultdocument", "report_id", "results_report"),
    ("observation", "report_id", "results_report"),
    ("observation", "version_id", "results_reportversion"),
    ("observation", "document_id", "results_resultdocument"),
    ("acknowledgement", "report_id", "results_report"),
    ("acknowledgement", "version_id", "results_reportversion"),
    ("handover", "report_id", "results_report"),
    ("handover", "from_practitioner_id", "directory_practitioner"),
    ("handover", "to_practitioner_id", "directory_practitioner"),
    ("hold", "report_id", "results_report"),
    ("criticalresult", "report_id", "results_report"),
    ("criticalresult", "observation_id", "results_observation"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0001_initial"),
        ("tenancy", "0003_wall"),
        ("directory", "0002_wall"),
        ("identity", "0002_wall"),
    ]
    operations = [
        *[tenant_table(f"results_{table}", rights) for table, rights in TABLES.items()],
        *[composite_foreign_key(f"results_{table}", column, target) for table, column, target in REFERENCES],
    ]
