"""How many rows fell into the default partitions (a year old, or far ahead): the application may not look itself."""

from django.db import migrations

COUNT = """
CREATE FUNCTION readings_in_default() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT coalesce(sum(n_live_tup), 0)::bigint FROM pg_stat_user_tables
  WHERE relname IN ('readings_reading_default', 'readings_ingestion_default')
$$;
REVOKE ALL ON FUNCTION readings_in_default() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION readings_in_default() TO hearthline_app;
"""


class Migration(migrations.Migration):
    dependencies = [("readings", "0003_store")]
    operations = [migrations.RunSQL(COUNT, reverse_sql="DROP FUNCTION readings_in_default()")]
