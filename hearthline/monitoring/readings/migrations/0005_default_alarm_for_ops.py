"""The default partition's alarm, also for the service provider, and true after a crash.

The counts of the statistics are lost when the server dies; a file that is not empty is not.
"""

from django.db import migrations

COUNT = """
CREATE OR REPLACE FUNCTION readings_in_default() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT coalesce(sum(greatest(n_live_tup, (pg_relation_size(relid) > 0)::int)), 0)::bigint FROM pg_stat_user_tables
  WHERE relname IN ('readings_reading_default', 'readings_ingestion_default')
$$;
GRANT EXECUTE ON FUNCTION readings_in_default() TO hearthline_ops;
"""


class Migration(migrations.Migration):
    dependencies = [("readings", "0004_default_alarm")]
    operations = [migrations.RunSQL(COUNT, reverse_sql=migrations.RunSQL.noop)]
