"""Moving rows between two records of one person.

The application's login may not change most of what is in a chart, and a merge must not need that right. This function
changes nothing but the reference to a patient, of rows of the organization signed in, in tables that really refer to
patients. The wall holds inside it too: it is forced on the owner.
"""

from django.db import migrations

MOVE = """
CREATE FUNCTION directory_move_rows(place regclass, reference name, row_ids uuid[], source uuid, target uuid)
RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  moved uuid[];
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
    WHERE c.contype = 'f' AND c.conrelid = place AND c.confrelid = 'directory_patient'::regclass
      AND a.attname = reference AND reference <> 'organization_id'
  ) THEN
    RAISE EXCEPTION 'not a reference to a patient' USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format(
    'WITH changed AS (UPDATE %s SET %I = $1 WHERE %I = $2 AND organization_id = tenancy_organization() '
    'AND ($3 IS NULL OR id = ANY ($3)) RETURNING id) SELECT coalesce(array_agg(id), ''{}'') FROM changed',
    place, reference, reference
  ) INTO moved USING target, source, row_ids;
  RETURN moved;
END $$;
REVOKE ALL ON FUNCTION directory_move_rows(regclass, name, uuid[], uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory_move_rows(regclass, name, uuid[], uuid, uuid) TO hearthline_app;
"""


class Migration(migrations.Migration):
    dependencies = [("directory", "0003_caregiver_names")]
    operations = [
        migrations.RunSQL(
            MOVE, reverse_sql="DROP FUNCTION directory_move_rows(regclass, name, uuid[], uuid, uuid)"
        ),
    ]
