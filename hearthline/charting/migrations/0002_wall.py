"""The wall of each table of the chart, and the references inside one organization. Nothing is ever deleted."""

from django.db import migrations

from hearthline.foundation.database import composite_foreign_key, tenant_table

KEPT = {"app": "SELECT, INSERT, UPDATE"}
ADDED_ONLY = {"app": "SELECT, INSERT"}
TABLES = {
    "encounter": KEPT,
    "encounterfact": ADDED_ONLY,
    "problem": KEPT,
    "allergy": KEPT,
    "medication": KEPT,
    "chartreview": ADDED_ONLY,
    "vitalsign": {"app": "SELECT, INSERT, UPDATE (entered_in_error_at, error_reason)"},
    "note": KEPT,
    "noteaddendum": ADDED_ONLY,
    "notetemplate": KEPT,
    "document": {"app": "SELECT, INSERT, UPDATE (entered_in_error_at, error_reason, is_visible_to_patient)"},
    "visitsummary": KEPT,
}
OF_PATIENT = ("encounter", "problem", "allergy", "medication", "chartreview", "vitalsign", "document")
OF_ENCOUNTER = (
    "encounterfact",
    "problem",
    "allergy",
    "medication",
    "chartreview",
    "vitalsign",
    "note",
    "document",
    "visitsummary",
)
BY_PRACTITIONER = (
    ("encounter", "practitioner_id"),
    ("note", "author_id"),
    ("noteaddendum", "author_id"),
    ("visitsummary", "author_id"),
)

# The last word on "a signed note never changes": no login but the owner can get round it.
SIGNED_IS_FINAL = """
CREATE FUNCTION charting_keep_signed_note() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.status <> 'draft' THEN
    RAISE EXCEPTION 'a signed or discarded note does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER charting_keep_signed_note BEFORE UPDATE ON charting_note
  FOR EACH ROW EXECUTE FUNCTION charting_keep_signed_note();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("charting", "0001_initial"),
        ("tenancy", "0003_wall"),
        ("directory", "0002_wall"),
        ("identity", "0002_wall"),
    ]
    operations = [
        *[tenant_table(f"charting_{table}", rights) for table, rights in TABLES.items()],
        *[composite_foreign_key(f"charting_{table}", "patient_id", "directory_patient") for table in OF_PATIENT],
        *[composite_foreign_key(f"charting_{table}", "encounter_id", "charting_encounter") for table in OF_ENCOUNTER],
        *[
            composite_foreign_key(f"charting_{table}", column, "directory_practitioner")
            for table, column in BY_PRACTITIONER
        ],
        composite_foreign_key("charting_noteaddendum", "note_id", "charting_note"),
        migrations.RunSQL(
            SIGNED_IS_FINAL,
            reverse_sql="DROP TRIGGER charting_keep_signed_note ON charting_note; "
            "DROP FUNCTION charting_keep_signed_note()",
        ),
    ]
