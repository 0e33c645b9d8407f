"""The wall of each table, and the one opening in it: a case granted to another organization (docs/decisions/granted-cases.md).

The policies read ``consults_grant`` and nothing else. An open row lets the answering organization read that case's rows and
add to them; what it may change is a short list. Everything else of the asking organization stays behind its own wall.
"""

from django.db import migrations

from hearthline.foundation.database import composite_foreign_key, tenant_table

KEPT = {"app": "SELECT, INSERT, UPDATE"}
ADDED_ONLY = {"app": "SELECT, INSERT"}
READ_WRITE = {"app": "SELECT, INSERT, UPDATE, DELETE"}
TABLES = {
    "desk": KEPT,
    "deskreader": READ_WRITE,
    "deskperson": READ_WRITE,
    "consult": KEPT,
    "factanswer": READ_WRITE,
    "sharedrecord": KEPT,
    "attachment": {"app": "SELECT, INSERT, DELETE"},
    "seen": ADDED_ONLY,
    "move": ADDED_ONLY,
    "message": ADDED_ONLY,
    "opinion": KEPT,
    "criticalfinding": KEPT,
    "worktime": KEPT,
    "closing": KEPT,
}
# Rows of a case, which a grant opens; and those to which the answering organization may add.
OF_CASE = (
    "factanswer",
    "sharedrecord",
    "attachment",
    "seen",
    "move",
    "message",
    "opinion",
    "criticalfinding",
    "worktime",
)
ADDED_BY_READERS = ("seen", "move", "message", "opinion", "criticalfinding", "worktime")
ANSWERING = "answering_organization_id = (SELECT tenancy_organization())"
OPEN_GRANTS = f"SELECT g.consult_id FROM consults_grant g WHERE g.{ANSWERING} AND g.ended_at IS NULL"
BY_READER = (
    "by_organization_id = (SELECT tenancy_organization()) AND by_id IS NOT DISTINCT FROM (SELECT tenancy_user())"
)
WORKED = BY_READER.replace("by_organization_id", "user_organization_id").replace("by_id IS", "user_id IS")


def opening(table: str) -> list[str]:
    """Return the policies by which a grant opens a table of the case."""
    statements = [
        f"CREATE POLICY granted_read ON consults_{table} FOR SELECT USING (consult_id IN ({OPEN_GRANTS}))"
    ]
    if table in ADDED_BY_READERS:
        by = WORKED if table == "worktime" else BY_READER
        statements.append(
            f"CREATE POLICY granted_add ON consults_{table} FOR INSERT "
            f"WITH CHECK (consult_id IN ({OPEN_GRANTS}) AND {by})"
        )
    return statements


def change_of_own(table: str, condition: str) -> str:
    """Return the policy by which a reader changes what is theirs."""
    rule = f"consult_id IN ({OPEN_GRANTS}) AND {condition}"
    return f"CREATE POLICY granted_change ON consults_{table} FOR UPDATE USING ({rule}) WITH CHECK ({rule})"


CASE = [
    f"CREATE POLICY granted_read ON consults_consult FOR SELECT USING (id IN ({OPEN_GRANTS}))",
    f"CREATE POLICY granted_change ON consults_consult FOR UPDATE USING (id IN ({OPEN_GRANTS})) "
    f"WITH CHECK (id IN ({OPEN_GRANTS}))",
    change_of_own("opinion", BY_READER),
    change_of_own("criticalfinding", BY_READER),
    change_of_own("worktime", WORKED),
    # A draft is its author's alone: also against everybody of their own organization.
    "CREATE POLICY draft_of_author ON consults_opinion AS RESTRICTIVE "
    "USING (kind NOT IN ('draft', 'discarded') OR by_id = (SELECT tenancy_user()))",
]
GRANTS = [
    f"CREATE POLICY answering_change ON consults_grant FOR UPDATE USING ({ANSWERING}) WITH CHECK ({ANSWERING})",
    f"CREATE POLICY answering_change ON consults_agreement FOR UPDATE USING ({ANSWERING}) WITH CHECK ({ANSWERING})",
]

PAIRS = """
('asked','assigned'),('asked','declined'),('asked','withdrawn'),('assigned','asked'),('assigned','reading'),
('assigned','withdrawn'),('closed','reading'),('draft','asked'),('draft','withdrawn'),('final','reading'),('final','told'),
('preliminary','asked'),('preliminary','final'),('preliminary','waiting'),('reading','asked'),('reading','final'),
('reading','preliminary'),('reading','waiting'),('reading','withdrawn'),('told','closed'),('told','reading'),
('waiting','asked'),('waiting','reading'),('waiting','withdrawn')
"""
BY_READERS_CHANGED = (
    "ARRAY['status','assignee_id','assignee_organization_id','assignee_name','due_at','paused_at','seconds_left',"
    "'escalated_to','answered_at','working_seconds','chased_at','changed_at']"
)
TRIGGERS = f"""
CREATE FUNCTION consults_keep_case() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'draft' THEN
      RAISE EXCEPTION 'a case begins as a draft' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({PAIRS}) THEN
    RAISE EXCEPTION 'the case does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.organization_id <> NEW.organization_id OR OLD.patient_id <> NEW.patient_id THEN
    RAISE EXCEPTION 'a case stays where and whose it is' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.organization_id <> tenancy_organization()
    AND to_jsonb(OLD) - {BY_READERS_CHANGED} <> to_jsonb(NEW) - {BY_READERS_CHANGED} THEN
    RAISE EXCEPTION 'the answering organization may not change this' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consults_keep_case BEFORE INSERT OR UPDATE ON consults_consult
  FOR EACH ROW EXECUTE FUNCTION consults_keep_case();

CREATE FUNCTION consults_keep_opinion() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.kind <> 'draft' THEN
    RAISE EXCEPTION 'a signed or discarded answer does not change' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.by_id <> NEW.by_id OR OLD.consult_id <> NEW.consult_id OR OLD.organization_id <> NEW.organization_id THEN
    RAISE EXCEPTION 'an answer stays its author''s' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consults_keep_opinion BEFORE UPDATE ON consults_opinion
  FOR EACH ROW EXECUTE FUNCTION consults_keep_opinion();

CREATE FUNCTION consults_keep_grant() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  changing text[] := ARRAY['ended_at', 'ended_by_id', 'end_reason'];
BEGIN
  IF OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - changing <> to_jsonb(NEW) - changing THEN
    RAISE EXCEPTION 'a grant is only ever ended' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consults_keep_grant BEFORE UPDATE ON consults_grant
  FOR EACH ROW EXECUTE FUNCTION consults_keep_grant();

CREATE FUNCTION consults_grant_needs_agreement() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM consults_agreement a JOIN consults_consult c ON c.id = NEW.consult_id
      WHERE a.id = NEW.agreement_id AND a.organization_id = NEW.organization_id AND a.specialty = c.specialty
        AND a.answering_organization_id = NEW.answering_organization_id
        AND a.accepted_at IS NOT NULL AND a.ended_at IS NULL) THEN
    RAISE EXCEPTION 'no agreement is in force for this grant' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consults_grant_needs_agreement BEFORE INSERT ON consults_grant
  FOR EACH ROW EXECUTE FUNCTION consults_grant_needs_agreement();

CREATE FUNCTION consults_keep_agreement() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  changing text[] := ARRAY['accepted_at', 'accepted_by_id', 'ended_at'];
BEGIN
  IF OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - changing <> to_jsonb(NEW) - changing THEN
    RAISE EXCEPTION 'an agreement is accepted and ended, not changed' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.accepted_at IS DISTINCT FROM OLD.accepted_at
    AND (OLD.accepted_at IS NOT NULL OR NEW.answering_organization_id <> tenancy_organization()) THEN
    RAISE EXCEPTION 'the answering organization itself accepts, once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consults_keep_agreement BEFORE UPDATE ON consults_agreement
  FOR EACH ROW EXECUTE FUNCTION consults_keep_agreement();

CREATE FUNCTION consults_end_grants() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE consults_grant SET ended_at = NEW.ended_at WHERE agreement_id = NEW.id AND ended_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER consults_end_grants AFTER UPDATE ON consults_agreement
  FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION consults_end_grants();
"""
FUNCTIONS = ("case", "opinion", "grant", "agreement")


class Migration(migrations.Migration):
    dependencies = [
        ("consults", "0001_initial"),
        ("tenancy", "0003_wall"),
        ("directory", "0002_wall"),
        ("identity", "0002_wall"),
    ]
    operations = [
        *[tenant_table(f"consults_{table}", rights) for table, rights in TABLES.items()],
        tenant_table("consults_agreement", KEPT, or_where=ANSWERING),
        tenant_table("consults_grant", KEPT, or_where=ANSWERING),
        composite_foreign_key("consults_consult", "patient_id", "directory_patient"),
        composite_foreign_key("consults_deskreader", "desk_id", "consults_desk"),
        composite_foreign_key("consults_deskreader", "practitioner_id", "directory_practitioner"),
        composite_foreign_key("consults_deskperson", "desk_id", "consults_desk"),
        composite_foreign_key("consults_grant", "agreement_id", "consults_agreement"),
        composite_foreign_key("consults_seen", "attachment_id", "consults_attachment"),
        *[
            composite_foreign_key(f"consults_{table}", "consult_id", "consults_consult")
            for table in (*OF_CASE, "grant", "closing")
        ],
        migrations.RunSQL([statement for table in OF_CASE for statement in opening(table)], reverse_sql=[]),
        migrations.RunSQL(CASE + GRANTS, reverse_sql=[]),
        migrations.RunSQL(
            TRIGGERS,
            reverse_sql="; ".join(f"DROP FUNCTION consults_keep_{name}() CASCADE" for name in FUNCTIONS)
            + "; DROP FUNCTION consults_grant_needs_agreement() CASCADE; DROP FUNCTION consults_end_grants() CASCADE",
        ),
    ]
