"""Steps for migrations: the wall between organizations, references within one, and who may touch a table; pipelines.

The database logins (see ``docs/decisions``): ``owner`` migrates, ``app`` serves care, ``ops`` the service
provider's console, ``ingest`` device readings, ``sealer`` the audit seal, ``backup`` reads everything.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import connection
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunSQL

READ_WRITE = "SELECT, INSERT, UPDATE, DELETE"
LOGINS = ("app", "ops", "ingest", "sealer")


@contextmanager
def pipelined() -> Iterator[None]:
    """Send the block's writes one after another without waiting for each; what goes wrong is raised at its end.

    For statements whose answers nobody looks at. Whatever reads an answer inside waits for all before it.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def grants(table: str, rights: Mapping[str, str]) -> list[str]:
    """Return statements that give each login exactly the rights named (``{"app": "SELECT, INSERT"}``)."""
    unknown = set(rights) - set(LOGINS)
    if unknown:
        message = f"no such database login: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    statements = [f"GRANT SELECT ON {table} TO hearthline_backup"]
    statements += [f"GRANT {right} ON {table} TO hearthline_{login}" for login, right in rights.items()]
    return statements


def tenant_table(table: str, rights: Mapping[str, str] | None = None, *, or_where: str = "") -> Operation:
    """Return the step that walls a new tenant table in.

    ``rights`` by login (default: the application reads and writes). ``or_where`` is a further SQL condition under
    which a row is visible (never writable), for the few tables a person reads across organizations.
    """
    own = "organization_id = (SELECT tenancy_organization())"
    visible = f"{own} OR ({or_where})" if or_where else own
    return RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY own_organization ON {table} USING ({own}) WITH CHECK ({own})",
            *([f"CREATE POLICY visible ON {table} FOR SELECT USING ({visible})"] if or_where else []),
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_organization_key UNIQUE (organization_id, id)",
            *grants(table, {"app": READ_WRITE} if rights is None else rights),
        ],
        reverse_sql=[f"DROP POLICY IF EXISTS own_organization ON {table}"],
    )


def global_table(table: str, rights: Mapping[str, str]) -> Operation:
    """Return the step that grants rights on a table without an organization (users, sessions, the queue)."""
    return RunSQL([*grants(table, rights)], reverse_sql=RunSQL.noop)


def composite_foreign_key(table: str, column: str, target: str, *, target_key: str = "id") -> Operation:
    """Return the step that makes ``table.column`` refer to a row of ``target`` in the same organization."""
    name = f"{table}_{column}_same_organization"[:63]
    return RunSQL(
        [
            (
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organization_id, {column}) "
                f"REFERENCES {target} (organization_id, {target_key}) DEFERRABLE INITIALLY IMMEDIATE"
            ),
        ],
        reverse_sql=[f"ALTER TABLE {table} DROP CONSTRAINT {name}"],
    )


def row_mover(function: str, target: str) -> Operation:
    """Return the step that makes a function which moves rows from one row of ``target`` to another.

    The application's login may not change most of what hangs on a person, and a merge must not need that right. The
    function changes nothing but the reference, of rows of the organization signed in, in tables that really refer to
    ``target``. The wall holds inside it too: it is forced on the owner.
    """
    arguments = "regclass, name, uuid[], uuid, uuid"
    body = f"""
CREATE FUNCTION {function}(place regclass, reference name, row_ids uuid[], source uuid, target uuid)
RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  moved uuid[];
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
    WHERE c.contype = 'f' AND c.conrelid = place AND c.confrelid = '{target}'::regclass
      AND a.attname = reference AND reference <> 'organization_id'
  ) THEN
    RAISE EXCEPTION 'not a reference to {target}' USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format(
    'WITH changed AS (UPDATE %s SET %I = $1 WHERE %I = $2 AND organization_id = tenancy_organization() '
    'AND ($3 IS NULL OR id = ANY ($3)) RETURNING id) SELECT coalesce(array_agg(id), ''{{}}'') FROM changed',
    place, reference, reference
  ) INTO moved USING target, source, row_ids;
  RETURN moved;
END $$;
REVOKE ALL ON FUNCTION {function}({arguments}) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {function}({arguments}) TO hearthline_app;
"""  # noqa: S608 - names from migrations only
    return RunSQL(body, reverse_sql=f"DROP FUNCTION {function}({arguments})")
