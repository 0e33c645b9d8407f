"""The wall of each table of visits and its references inside one organization."""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, tenant_table

KEPT = "SELECT, INSERT, UPDATE"
ADDED = "SELECT, INSERT"
TABLES = {
    "visit": KEPT,
    "participant": KEPT,
    "join": KEPT,
    "segment": KEPT,
    # What browsers tell each other is removed when a visit ends.
    "signalmessage": READ_WRITE,
    "queueevent": ADDED,
    "preparationanswer": KEPT,
    "preparationphoto": KEPT,
    "devicecheck": ADDED,
    "guestinvitation": KEPT,
    "chatmessage": ADDED,
    "sharedfile": ADDED,
    "qualitysample": ADDED,
    "visitrating": KEPT,
}
VISIT, PARTICIPANT, JOIN = "visits_visit", "visits_participant", "visits_join"
REFERENCES = [
    ("visit", "appointment_id", "scheduling_appointment"),
    ("visit", "patient_id", "directory_patient"),
    ("visit", "practitioner_id", "directory_practitioner"),
    ("visit", "encounter_id", "charting_encounter"),
    ("signalmessage", "join_id", JOIN),
    *[(table, "visit_id", VISIT) for table in TABLES if table not in {"visit", "signalmessage"}],
    *[
        (table, "participant_id", PARTICIPANT)
        for table in (
            "join",
            "segment",
            "guestinvitation",
            "chatmessage",
            "sharedfile",
            "qualitysample",
            "visitrating",
        )
    ],
]


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0001_initial"),
        ("tenancy", "0003_wall"),
        ("directory", "0002_wall"),
        ("scheduling", "0002_wall"),
        ("charting", "0002_wall"),
    ]
    operations = [
        *[tenant_table(f"visits_{table}", {"app": rights}) for table, rights in TABLES.items()],
        *[composite_foreign_key(f"visits_{table}", column, target) for table, column, target in REFERENCES],
    ]
