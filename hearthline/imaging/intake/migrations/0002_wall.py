from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, tenant_table

KEPT = "SELECT, INSERT, UPDATE"
ADDED = "SELECT, INSERT"
READER = "(SELECT tenancy_organization())"
# A grant shows itself, its file and the file's renditions to the organization it names, and nothing else.
GRANTED = (
    "EXISTS (SELECT 1 FROM intake_filegrant g WHERE g.to_organization_id = {reader}"
    " AND g.organization_id = {table}.organization_id AND g.file_id = {table}.{column}"
    " AND g.ended_at IS NULL AND (g.ends_at IS NULL OR g.ends_at > now()))"
)
REFERENCES = (
    ("capture", "patient_id", "directory_patient"),
    ("capture", "site_id", "tenancy_site"),
    ("capture", "consent_id", "directory_consent"),
    ("file", "patient_id", "directory_patient"),
    ("file", "capture_id", "intake_capture"),
    ("rendition", "file_id", "intake_file"),
    ("upload", "patient_id", "directory_patient"),
    ("upload", "capture_id", "intake_capture"),
    ("upload", "file_id", "intake_file"),
    ("filegrant", "file_id", "intake_file"),
)


def granted(table: str, column: str) -> str:
    return GRANTED.format(reader=READER, table=table, column=column)


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("tenancy", "0003_wall"), ("directory", "0002_wall")]
    operations = [
        tenant_table("intake_filegrant", {"app": KEPT}, or_where=f"to_organization_id = {READER}"),
        tenant_table("intake_capture", {"app": KEPT}),
        tenant_table("intake_file", {"app": KEPT}, or_where=granted("intake_file", "id")),
        tenant_table("intake_rendition", {"app": ADDED}, or_where=granted("intake_rendition", "file_id")),
        tenant_table("intake_upload", {"app": READ_WRITE}),
        *(
            composite_foreign_key(f"intake_{table}", column, target)
            for table, column, target in REFERENCES
        ),
    ]
