"""Two monitored persons who are one: their rows, and their readings, which know them by number.

The application may add corrections and never change one; this function changes nothing but whose they are. ``devices``
with ``since`` and ``until`` (open: null) say which readings move; without them all do.
"""

from django.db import migrations

from hearthline.foundation.database import row_mover

TABLES = ("reading", "readingcorrection", "readingconflict")
ARGUMENTS = "bigint, bigint, bigint[], timestamptz[], timestamptz[]"
OWN = "r.organization_id = tenancy_organization() AND r.patient_number = source"
AT = {
    "reading": "(r.observed_at + r.correction_seconds * interval '1 second')",
    "readingcorrection": "r.observed_at",
    "readingconflict": "r.observed_at",
}
IS_ITS = """(devices IS NULL OR EXISTS (
    SELECT 1 FROM unnest(devices, since, until) AS given (device, starts_at, ends_at)
    WHERE given.device = r.device_number AND {at} >= given.starts_at AND (given.ends_at IS NULL OR {at} < given.ends_at)))"""
# A packed day goes with the person who had the device at its end.
DAY_IS_ITS = IS_ITS.format(at="(r.day + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 second'")
MOVES = "".join(
    f"  UPDATE readings_{table} r SET patient_number = target WHERE {OWN} AND {IS_ITS.format(at=AT[table])};\n"
    for table in TABLES
)
RENUMBER = f"""
CREATE FUNCTION readings_renumber(
  source bigint, target bigint, devices bigint[], since timestamptz[], until timestamptz[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO readings_dirtyday (organization_id, patient_number, metric, day)
  SELECT DISTINCT r.organization_id, person.number, r.metric, ({AT["reading"]} AT TIME ZONE 'UTC')::date
  FROM readings_reading r CROSS JOIN unnest(ARRAY[source, target]) AS person (number)
  WHERE {OWN} AND {IS_ITS.format(at=AT["reading"])} ON CONFLICT DO NOTHING;
  INSERT INTO readings_dirtyday (organization_id, patient_number, metric, day)
  SELECT DISTINCT r.organization_id, person.number, r.metric, r.day
  FROM readings_chunk r CROSS JOIN unnest(ARRAY[source, target]) AS person (number)
  WHERE {OWN} AND {DAY_IS_ITS} ON CONFLICT DO NOTHING;
{MOVES}  UPDATE readings_chunk r SET patient_number = target WHERE {OWN} AND {DAY_IS_ITS};
END $$;
REVOKE ALL ON FUNCTION readings_renumber({ARGUMENTS}) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION readings_renumber({ARGUMENTS}) TO hearthline_app;
"""  # noqa: S608 - our constants only


class Migration(migrations.Migration):
    dependencies = [("readings", "0005_default_alarm_for_ops")]
    operations = [
        row_mover("readings_move_rows", "readings_monitoredpatient"),
        migrations.RunSQL(RENUMBER, reverse_sql=f"DROP FUNCTION readings_renumber({ARGUMENTS})"),
    ]
