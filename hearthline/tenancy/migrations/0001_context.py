"""The functions every policy calls, and the key they check the signature with."""

from django.db import migrations

KEY_TABLE = """
CREATE TABLE tenancy_signing_key (id smallint PRIMARY KEY CHECK (id = 1), key bytea NOT NULL);
REVOKE ALL ON tenancy_signing_key FROM PUBLIC;
"""

# HMAC-SHA256 by its definition (RFC 2104): the built-in sha256() is there without any extension.
HMAC = """
CREATE FUNCTION tenancy_hmac(message bytea, key bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
DECLARE
  padded bytea := CASE WHEN length(key) > 64 THEN sha256(key) ELSE key END;
  inner_pad bytea;
  outer_pad bytea;
BEGIN
  padded := padded || decode(repeat('00', 64 - length(padded)), 'hex');
  inner_pad := padded;
  outer_pad := padded;
  FOR i IN 0..63 LOOP
    inner_pad := set_byte(inner_pad, i, get_byte(padded, i) # 54);
    outer_pad := set_byte(outer_pad, i, get_byte(padded, i) # 92);
  END LOOP;
  RETURN sha256(outer_pad || sha256(inner_pad || message));
END $$;
"""

# Restricted to the leader of a parallel query: a worker has another pid.
CONTEXT = """
CREATE FUNCTION tenancy_context_part(part integer) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, public AS $$
DECLARE
  raw text := nullif(current_setting('hearthline.context', true), '');
  parts text[];
  expected text;
BEGIN
  IF raw IS NULL THEN
    RETURN NULL;
  END IF;
  parts := string_to_array(raw, '|');
  IF array_length(parts, 1) <> 4 OR parts[3] !~ '^[0-9]{1,12}$' THEN
    RAISE EXCEPTION 'the tenant context is not genuine' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT encode(tenancy_hmac(convert_to(
    parts[1] || '|' || parts[2] || '|' || parts[3] || '|' || pg_backend_pid(), 'UTF8'), key), 'hex')
    INTO expected FROM tenancy_signing_key;
  IF expected IS DISTINCT FROM parts[4] OR parts[3]::bigint < extract(epoch FROM clock_timestamp()) THEN
    RAISE EXCEPTION 'the tenant context is not genuine' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN nullif(parts[part], '')::uuid;
END $$;

CREATE FUNCTION tenancy_organization() RETURNS uuid
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, public
AS 'SELECT tenancy_context_part(1)';

CREATE FUNCTION tenancy_user() RETURNS uuid
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, public
AS 'SELECT tenancy_context_part(2)';
"""


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.RunSQL(
            "CREATE EXTENSION IF NOT EXISTS btree_gist; REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            KEY_TABLE + HMAC + CONTEXT,
            reverse_sql="DROP FUNCTION tenancy_user(), tenancy_organization(), tenancy_context_part(integer), "
            "tenancy_hmac(bytea, bytea); DROP TABLE tenancy_signing_key",
        ),
    ]
