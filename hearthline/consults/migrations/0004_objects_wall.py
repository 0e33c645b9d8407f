"""The wall of what is given with a case, and the second opening: studies attached to a granted case.

Photos and results are copies in tables of the case. A study is read where it is: the policies of its four tables read
the attachments of cases with an open grant, so that the end of a grant closes the images in the same statement.

The functions hold the planner's work: a policy that spelled this out would be planned again with every query of an
image. Conditions of policies are tried in the reverse order of their names, so that ``own_organization`` with its cheap
test comes first, and whoever looks at images of their own never asks for grants (a test reads the plan).
"""

from django.db import migrations

from hearthline.foundation.database import composite_foreign_key, tenant_table

OPEN_GRANTS = (
    "SELECT g.consult_id FROM consults_grant g "
    "WHERE g.answering_organization_id = (SELECT tenancy_organization()) AND g.ended_at IS NULL"
)
BY_READER = (
    "by_organization_id = (SELECT tenancy_organization()) AND by_id IS NOT DISTINCT FROM (SELECT tenancy_user())"
)
FORMS, WANTED, VISITS = "consults_attachmentform", "consults_wantedphoto", "consults_casevisit"
REFERENCES = (
    ("consults_attachment", "file_id", "intake_file"),
    ("consults_attachment", "study_id", "dicom_study"),
    ("consults_attachment", "report_id", "results_report"),
    ("consults_seen", "instance_id", "dicom_instance"),
    (FORMS, "attachment_id", "consults_attachment"),
    (FORMS, "consult_id", "consults_consult"),
    (WANTED, "consult_id", "consults_consult"),
    (WANTED, "capture_id", "intake_capture"),
    (VISITS, "consult_id", "consults_consult"),
    (VISITS, "appointment_id", "scheduling_appointment"),
)
POLICIES = [
    f"CREATE POLICY granted_read ON {FORMS} FOR SELECT USING (consult_id IN ({OPEN_GRANTS}))",
    f"CREATE POLICY granted_read ON {WANTED} FOR SELECT USING (consult_id IN ({OPEN_GRANTS}))",
    f"CREATE POLICY granted_add ON {WANTED} FOR INSERT WITH CHECK "
    f"(consult_id IN ({OPEN_GRANTS}) AND {BY_READER} AND is_request AND capture_id IS NULL)",
]
STUDIES = f"SELECT a.study_id FROM consults_attachment a WHERE a.study_id IS NOT NULL AND a.consult_id IN ({OPEN_GRANTS})"
SERIES = f"SELECT s.id FROM dicom_series s WHERE s.study_id IN ({STUDIES})"
INSTANCES = f"SELECT i.id FROM dicom_instance i WHERE i.series_id IN ({SERIES})"
SHARED = {
    "study": ("id", "studies", STUDIES),
    "series": ("study_id", "studies", STUDIES),
    "instance": ("series_id", "series", SERIES),
    "derived": ("instance_id", "instances", INSTANCES),
}


def function(name: str, query: str) -> str:
    """Return the statement that makes a function of the rows which open grants show to this organization."""
    return (
        f"CREATE FUNCTION consults_shared_{name}() RETURNS SETOF uuid LANGUAGE plpgsql STABLE "
        f"SET search_path = pg_catalog, public AS $$ BEGIN RETURN QUERY {query}; END $$"
    )


OPENINGS = [
    function("studies", STUDIES),
    function("series", SERIES),
    function("instances", INSTANCES),
    *(
        f"CREATE POLICY given_with_case ON dicom_{table} FOR SELECT "
        f"USING ({column} IN (SELECT consults_shared_{name}()))"
        for table, (column, name, _query) in SHARED.items()
    ),
]
CLOSINGS = [
    *(f"DROP POLICY given_with_case ON dicom_{table}" for table in SHARED),
    *(f"DROP FUNCTION consults_shared_{name}()" for name in ("studies", "series", "instances")),
]


class Migration(migrations.Migration):
    dependencies = [("consults", "0003_objects")]
    operations = [
        tenant_table(FORMS, {"app": "SELECT, INSERT, DELETE"}),
        tenant_table(WANTED, {"app": "SELECT, INSERT, UPDATE"}),
        tenant_table(VISITS, {"app": "SELECT, INSERT"}),
        *(composite_foreign_key(*one) for one in REFERENCES),
        migrations.RunSQL(POLICIES, reverse_sql=[]),
        migrations.RunSQL(OPENINGS, reverse_sql=CLOSINGS),
    ]
