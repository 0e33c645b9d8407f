"""The wall of each directory table, references inside one organization, and what is kept as it was."""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, tenant_table

KEPT = "SELECT, INSERT, UPDATE"
TABLES = {
    "patient": KEPT,
    "patientnametoken": READ_WRITE,
    "patientlanguage": READ_WRITE,
    "accessneed": READ_WRITE,
    "safecontact": READ_WRITE,
    "identifierissuer": KEPT,
    "patientidentifier": READ_WRITE,
    "patientaccount": KEPT,
    "caregiver": KEPT,
    "practitioner": KEPT,
    "practitionerlanguage": READ_WRITE,
    "licence": KEPT,
    "careteam": KEPT,
    "careteammember": KEPT,
    "carerelationship": KEPT,
    "organizationpolicy": KEPT,
    "consenttext": KEPT,
    # What was agreed to never changes; a merge moves it to the surviving record, a withdrawal ends it.
    "consent": "SELECT, INSERT, UPDATE (patient_id, withdrawn_at, withdrawn_by_user_id)",
    "duplicatecandidate": KEPT,
    "patientmerge": KEPT,
    "patientmergemove": "SELECT, INSERT",
}
REFERENCES = [
    ("patient", "merged_into_id", "patient"),
    *[
        (table, "patient_id", "patient")
        for table in (
            "patientnametoken",
            "patientlanguage",
            "accessneed",
            "safecontact",
            "patientidentifier",
            "patientaccount",
            "caregiver",
            "carerelationship",
            "consent",
        )
    ],
    ("patientidentifier", "issuer_id", "identifierissuer"),
    *[
        (table, "practitioner_id", "practitioner")
        for table in ("practitionerlanguage", "licence", "careteammember", "carerelationship")
    ],
    ("careteammember", "team_id", "careteam"),
    ("carerelationship", "team_id", "careteam"),
    ("consent", "text_id", "consenttext"),
    ("duplicatecandidate", "first_id", "patient"),
    ("duplicatecandidate", "second_id", "patient"),
    ("patientmerge", "survivor_id", "patient"),
    ("patientmerge", "duplicate_id", "patient"),
    ("patientmergemove", "merge_id", "patientmerge"),
]
PUBLISHED_TEXT_STAYS = """
CREATE FUNCTION directory_consent_text_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF OLD.published_at IS NOT NULL AND
     (OLD.kind, OLD.version, OLD.language, OLD.title, OLD.body, OLD.published_at)
     IS DISTINCT FROM (NEW.kind, NEW.version, NEW.language, NEW.title, NEW.body, NEW.published_at) THEN
    RAISE EXCEPTION 'a published consent text is never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER published_text_stays BEFORE UPDATE ON directory_consenttext
  FOR EACH ROW EXECUTE FUNCTION directory_consent_text_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial"), ("tenancy", "0003_wall"), ("identity", "0002_wall")]
    operations = [
        *[tenant_table(f"directory_{table}", {"app": rights}) for table, rights in TABLES.items()],
        *[
            composite_foreign_key(f"directory_{table}", column, f"directory_{target}")
            for table, column, target in REFERENCES
        ],
        composite_foreign_key("directory_practitioner", "membership_id", "identity_membership"),
        migrations.RunSQL(
            PUBLISHED_TEXT_STAYS,
            reverse_sql="DROP TRIGGER published_text_stays ON directory_consenttext; "
            "DROP FUNCTION directory_consent_text_stays()",
        ),
    ]
