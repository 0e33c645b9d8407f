"""A granted case shows its own answers beside its images; those of other cases about the same images stay hidden.

The series of a case's reports has a UID made of the case's id (``imaging.dicom.services.reports.series_uid_of``: PS3.5
B.2, the UUID as a decimal number).
"""

from django.db import migrations

OPEN_GRANTS = (
    "SELECT g.consult_id FROM consults_grant g "
    "WHERE g.answering_organization_id = (SELECT tenancy_organization()) AND g.ended_at IS NULL"
)
STUDIES = f"SELECT a.study_id FROM consults_attachment a WHERE a.study_id IS NOT NULL AND a.consult_id IN ({OPEN_GRANTS})"
OWN = f"SELECT consults_report_series(own.consult_id) FROM ({OPEN_GRANTS}) own"
SERIES = (
    f"SELECT s.id FROM dicom_series s WHERE s.study_id IN ({STUDIES}) "
    f"AND (s.modality <> 'SR' OR s.number IS DISTINCT FROM 9000 OR s.series_uid IN ({OWN}))"
)
INSTANCES = f"SELECT i.id FROM dicom_instance i WHERE i.series_id IN ({SERIES})"
UID = """
CREATE FUNCTION consults_report_series(consult uuid) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public AS $$
  SELECT '2.25.' || sum(('x' || substr(replace(consult::text, '-', ''), 1 + 8 * part, 8))::bit(32)::bigint::numeric
    * (4294967296::numeric ^ (3 - part)))::numeric(40, 0)::text || '.9'
  FROM generate_series(0, 3) AS part
$$
"""


def function(name: str, query: str) -> str:
    """Return the statement that makes a function anew."""
    return (
        f"CREATE OR REPLACE FUNCTION consults_shared_{name}() RETURNS SETOF uuid LANGUAGE plpgsql STABLE "
        f"SET search_path = pg_catalog, public AS $$ BEGIN RETURN QUERY {query}; END $$"
    )


class Migration(migrations.Migration):
    dependencies = [("consults", "0005_no_answers_of_others")]
    operations = [
        migrations.RunSQL(
            [UID, function("series", SERIES), function("instances", INSTANCES)], reverse_sql=migrations.RunSQL.noop
        ),
    ]
