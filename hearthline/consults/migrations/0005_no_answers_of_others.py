"""A granted case shows the images that were given with it, not the answers that stand beside them in their study.

Those may be of other cases about the same images (``imaging.dicom.services.reports``: series 9000, SR).
"""

from django.db import migrations

OPEN_GRANTS = (
    "SELECT g.consult_id FROM consults_grant g "
    "WHERE g.answering_organization_id = (SELECT tenancy_organization()) AND g.ended_at IS NULL"
)
STUDIES = f"SELECT a.study_id FROM consults_attachment a WHERE a.study_id IS NOT NULL AND a.consult_id IN ({OPEN_GRANTS})"
SERIES = (
    f"SELECT s.id FROM dicom_series s WHERE s.study_id IN ({STUDIES}) "
    "AND (s.modality <> 'SR' OR s.number IS DISTINCT FROM 9000)"
)
INSTANCES = f"SELECT i.id FROM dicom_instance i WHERE i.series_id IN ({SERIES})"


def function(name: str, query: str) -> str:
    """Return the statement that makes a function anew."""
    return (
        f"CREATE OR REPLACE FUNCTION consults_shared_{name}() RETURNS SETOF uuid LANGUAGE plpgsql STABLE "
        f"SET search_path = pg_catalog, public AS $$ BEGIN RETURN QUERY {query}; END $$"
    )


class Migration(migrations.Migration):
    dependencies = [("consults", "0004_objects_wall")]
    operations = [
        migrations.RunSQL(
            [function("series", SERIES), function("instances", INSTANCES)], reverse_sql=migrations.RunSQL.noop
        ),
    ]
