"""The order to tell is a notification: the rows say what is to be told, and a job of its own would only be in the way."""

from django.db import migrations

TELL_SOON = """
CREATE OR REPLACE FUNCTION alerts_tell_soon(organization uuid) RETURNS void
LANGUAGE sql SECURITY INVOKER SET search_path = pg_catalog, public AS $$
  SELECT pg_notify('hearthline_telling', organization::text)
$$;
DELETE FROM procrastinate_jobs WHERE queue_name = 'telling' AND status = 'todo';
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_telling")]
    operations = [migrations.RunSQL(TELL_SOON, reverse_sql=migrations.RunSQL.noop)]
