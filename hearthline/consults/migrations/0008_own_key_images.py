"""A granted case shows the key images of its own answers too, and of other cases' neither these nor the answers.

The series of a case's lists has the UID of that of its reports with another end
(``imaging.dicom.services.reports.key_series_uid_of``).
"""

from django.db import migrations

OPEN_GRANTS = (
    "SELECT g.consult_id FROM consults_grant g "
    "WHERE g.answering_organization_id = (SELECT tenancy_organization()) AND g.ended_at IS NULL"
)
STUDIES = f"SELECT a.study_id FROM consults_attachment a WHERE a.study_id IS NOT NULL AND a.consult_id IN ({OPEN_GRANTS})"
OWN = f"SELECT consults_report_series(own.consult_id) FROM ({OPEN_GRANTS}) own"
OWN_KEYS = f"SELECT regexp_replace(consults_report_series(own.consult_id), '9$', '10') FROM ({OPEN_GRANTS}) own"
SERIES = (
    f"SELECT s.id FROM dicom_series s WHERE s.study_id IN ({STUDIES}) "
    f"AND (s.modality <> 'SR' OR s.number IS DISTINCT FROM 9000 OR s.series_uid IN ({OWN})) "
    f"AND (s.modality <> 'KO' OR s.number IS DISTINCT FROM 9001 OR s.series_uid IN ({OWN_KEYS}))"
)
INSTANCES = f"SELECT i.id FROM dicom_instance i WHERE i.series_id IN ({SERIES})"


def function(name: str, query: str) -> str:
    """Return the statement that makes a function anew."""
    return (
        f"CREATE OR REPLACE FUNCTION consults_shared_{name}() RETURNS SETOF uuid LANGUAGE plpgsql STABLE "
        f"SET search_path = pg_catalog, public AS $$ BEGIN RETURN QUERY {query}; END $$"
    )


class Migration(migrations.Migration):
    dependencies = [("consults", "0007_work_of_one_person_at_a_time")]
    operations = [
        migrations.RunSQL(
            [function("series", SERIES), function("instances", INSTANCES)], reverse_sql=migrations.RunSQL.noop
        ),
    ]
