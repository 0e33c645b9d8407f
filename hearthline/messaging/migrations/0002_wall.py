from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, global_table, tenant_table

ADDED = "SELECT, INSERT"
KEPT = "SELECT, INSERT, UPDATE"
TABLES = {
    "messagingpolicy": KEPT,
    "templatewording": READ_WRITE,
    "notification": KEPT,
    "deliveryattempt": KEPT,
    "optout": KEPT,
    "doubtfulcontact": KEPT,
    "receiptevent": ADDED,
    "inboundtext": KEPT,
    "alarm": KEPT,
    "staffnotice": KEPT,
    "routingpool": KEPT,
    "poolmember": READ_WRITE,
    "thread": KEPT,
    "message": ADDED,  # what was written stays as it was written
    "messageread": ADDED,
    "attachment": ADDED,
    "draft": READ_WRITE,
    "handover": ADDED,
}
REFERENCES = (
    ("notification", "patient_id", "directory_patient"),
    ("deliveryattempt", "notification_id", "messaging_notification"),
    ("doubtfulcontact", "patient_id", "directory_patient"),
    ("receiptevent", "notification_id", "messaging_notification"),
    ("inboundtext", "notification_id", "messaging_notification"),
    ("poolmember", "pool_id", "messaging_routingpool"),
    ("thread", "patient_id", "directory_patient"),
    ("thread", "pool_id", "messaging_routingpool"),
    ("message", "thread_id", "messaging_thread"),
    ("messageread", "message_id", "messaging_message"),
    ("attachment", "message_id", "messaging_message"),
    ("handover", "thread_id", "messaging_thread"),
)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("tenancy", "0003_wall"), ("directory", "0002_wall")]
    operations = [
        *(tenant_table(f"messaging_{table}", {"app": rights}) for table, rights in TABLES.items()),
        *(
            composite_foreign_key(f"messaging_{table}", column, target)
            for table, column, target in REFERENCES
        ),
        global_table("messaging_workerpulse", {"app": "SELECT, INSERT, UPDATE", "ops": "SELECT"}),
    ]
