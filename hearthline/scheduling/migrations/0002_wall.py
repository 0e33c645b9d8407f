"""The wall of each scheduling table and its references inside one organization."""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, tenant_table

KEPT = "SELECT, INSERT, UPDATE"
TABLES = {
    "service": KEPT,
    "serviceoffer": READ_WRITE,
    "availabilityrule": READ_WRITE,
    "availabilityexception": READ_WRITE,
    # Holds are deleted when they are released; the trigger below keeps everything else.
    "appointment": READ_WRITE,
    "appointmentchange": "SELECT, INSERT",
    "appointmentlink": KEPT,
    "bookingdraft": READ_WRITE,
    "urgencyscreen": KEPT,
    "walkinentry": KEPT,
}
OWN = "scheduling_"
PRACTITIONER, PATIENT, SITE = "directory_practitioner", "directory_patient", "tenancy_site"
REFERENCES = [
    ("serviceoffer", "service_id", OWN + "service"),
    ("serviceoffer", "practitioner_id", PRACTITIONER),
    ("availabilityrule", "practitioner_id", PRACTITIONER),
    ("availabilityrule", "site_id", SITE),
    ("availabilityrule", "service_id", OWN + "service"),
    ("availabilityexception", "practitioner_id", PRACTITIONER),
    ("availabilityexception", "site_id", SITE),
    ("appointment", "patient_id", PATIENT),
    ("appointment", "practitioner_id", PRACTITIONER),
    ("appointment", "service_id", OWN + "service"),
    ("appointment", "site_id", SITE),
    ("appointment", "follows_id", OWN + "appointment"),
    ("appointmentchange", "appointment_id", OWN + "appointment"),
    ("appointmentchange", "from_practitioner_id", PRACTITIONER),
    ("appointmentchange", "to_practitioner_id", PRACTITIONER),
    ("appointmentlink", "appointment_id", OWN + "appointment"),
    ("bookingdraft", "patient_id", PATIENT),
    ("bookingdraft", "service_id", OWN + "service"),
    ("bookingdraft", "follows_id", OWN + "appointment"),
    ("bookingdraft", "appointment_id", OWN + "appointment"),
    ("urgencyscreen", "draft_id", OWN + "bookingdraft"),
    ("urgencyscreen", "patient_id", PATIENT),
    ("urgencyscreen", "service_id", OWN + "service"),
    ("walkinentry", "patient_id", PATIENT),
    ("walkinentry", "service_id", OWN + "service"),
    ("walkinentry", "site_id", SITE),
    ("walkinentry", "appointment_id", OWN + "appointment"),
]
BOOKINGS_STAY = """
CREATE FUNCTION scheduling_bookings_stay() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF OLD.status <> 'held' THEN
    RAISE EXCEPTION 'an appointment is cancelled, never deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER bookings_stay BEFORE DELETE ON scheduling_appointment
  FOR EACH ROW EXECUTE FUNCTION scheduling_bookings_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial"), ("directory", "0002_wall"), ("identity", "0002_wall")]
    operations = [
        *[tenant_table(OWN + table, {"app": rights}) for table, rights in TABLES.items()],
        *[composite_foreign_key(OWN + table, column, target) for table, column, target in REFERENCES],
        migrations.RunSQL(BOOKINGS_STAY, reverse_sql="DROP FUNCTION scheduling_bookings_stay() CASCADE"),
    ]
