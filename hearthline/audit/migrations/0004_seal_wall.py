"""Who may touch the seals, how rows come to wait for one, and how the application reads the audit.

The application's login has no right to read the table: it asks two functions, and each records the reading itself,
so that a reading leaves its trace even when the request was smuggled into a query.
"""

from django.db import migrations

from hearthline.foundation.database import tenant_table

SEALER = """
CREATE POLICY sealer_reads ON audit_auditentry FOR SELECT TO hearthline_sealer USING (true);
CREATE POLICY sealer_seals ON audit_auditseal TO hearthline_sealer USING (true) WITH CHECK (true);
CREATE POLICY sealer_takes ON audit_auditunsealed TO hearthline_sealer USING (true);

CREATE FUNCTION audit_await_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO audit_auditunsealed (id, organization_id) VALUES (NEW.id, NEW.organization_id);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION audit_await_seal() FROM PUBLIC;
CREATE TRIGGER audit_await_seal AFTER INSERT ON audit_auditentry
  FOR EACH ROW EXECUTE FUNCTION audit_await_seal();
"""

READING = """
CREATE FUNCTION audit_note_reading(reader jsonb, about_patient uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO audit_auditentry (id, organization_id, recorded_at, actor_kind, actor_user_id, actor_name,
    actor_roles, action, outcome, subject_type, subject_id, patient_id, reason, field_names, origin)
  VALUES (gen_random_uuid(), tenancy_organization(), clock_timestamp(), 'user', tenancy_user(),
    left(coalesce(reader->>'name', ''), 100), left(coalesce(reader->>'roles', ''), 200), 'audit.read', 'allowed',
    'audit', left(coalesce(reader->>'what', ''), 100), about_patient, left(coalesce(reader->>'reason', ''), 500),
    '{}', left(coalesce(reader->>'origin', ''), 64));
$$;
REVOKE ALL ON FUNCTION audit_note_reading(jsonb, uuid) FROM PUBLIC;

CREATE FUNCTION audit_search(reader jsonb, of_patient uuid, by_user uuid, from_time timestamptz,
  until_time timestamptz, action_start text, max_rows integer)
RETURNS SETOF audit_auditentry
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM audit_note_reading(reader, of_patient);
  RETURN QUERY
    SELECT e.* FROM audit_auditentry e
    WHERE e.organization_id = (SELECT tenancy_organization())
      AND (of_patient IS NULL OR e.patient_id = of_patient)
      AND (by_user IS NULL OR e.actor_user_id = by_user)
      AND e.recorded_at >= from_time AND e.recorded_at < until_time
      AND (action_start = '' OR starts_with(e.action, action_start))
    ORDER BY e.recorded_at DESC, e.id DESC
    LIMIT least(max_rows, 10000);
END $$;
REVOKE ALL ON FUNCTION audit_search(jsonb, uuid, uuid, timestamptz, timestamptz, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_search(jsonb, uuid, uuid, timestamptz, timestamptz, text, integer)
  TO hearthline_app;

CREATE FUNCTION audit_access_report(reader jsonb, of_patient uuid, zone text, max_rows integer)
RETURNS TABLE (on_day date, actor_user_id uuid, actor_name text, actor_roles text, actions text[],
  reasons text[], first_at timestamptz, last_at timestamptz, times bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM audit_note_reading(reader, of_patient);
  RETURN QUERY
    SELECT (e.recorded_at AT TIME ZONE zone)::date, e.actor_user_id, max(e.actor_name), max(e.actor_roles),
      array_agg(DISTINCT e.action::text),
      coalesce(array_agg(DISTINCT e.reason::text) FILTER (WHERE e.action = 'break_glass.opened'), '{}'),
      min(e.recorded_at), max(e.recorded_at), count(*)
    FROM audit_auditentry e
    WHERE e.organization_id = (SELECT tenancy_organization()) AND e.patient_id = of_patient
      AND e.outcome = 'allowed' AND e.actor_kind = 'user'
      AND NOT (e.action = 'audit.read' AND e.subject_id = 'access report')
    GROUP BY 1, 2
    ORDER BY 1 DESC, max(e.recorded_at) DESC
    LIMIT least(max_rows, 10000);
END $$;
REVOKE ALL ON FUNCTION audit_access_report(jsonb, uuid, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_access_report(jsonb, uuid, text, integer) TO hearthline_app;
"""

UNDO = """
DROP FUNCTION audit_access_report(jsonb, uuid, text, integer);
DROP FUNCTION audit_search(jsonb, uuid, uuid, timestamptz, timestamptz, text, integer);
DROP FUNCTION audit_note_reading(jsonb, uuid);
DROP TRIGGER audit_await_seal ON audit_auditentry;
DROP FUNCTION audit_await_seal();
DROP POLICY sealer_reads ON audit_auditentry;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seal"), ("audit", "0002_wall"), ("tenancy", "0003_wall")]
    operations = [
        tenant_table("audit_auditseal", {"sealer": "SELECT, INSERT"}),
        tenant_table("audit_auditunsealed", {"sealer": "SELECT, DELETE"}),
        migrations.RunSQL(SEALER, reverse_sql=UNDO),
        migrations.RunSQL(READING, reverse_sql=migrations.RunSQL.noop),
    ]
