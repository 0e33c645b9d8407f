"""The order to tell goes into a queue of its own, on which nothing slow stands."""

from django.db import migrations

TELL_SOON = """
CREATE OR REPLACE FUNCTION alerts_tell_soon(organization uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO procrastinate_jobs (queue_name, task_name, args)
  VALUES ('telling', 'hearthline.monitoring.alerts.jobs.tell', jsonb_build_object('organization_id', organization))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_rota_and_budget")]
    operations = [migrations.RunSQL(TELL_SOON, reverse_sql=migrations.RunSQL.noop)]
