"""Walk the database's catalogue: every table behind its wall, every login with no more than it needs."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from hearthline.config.startup_checks import database_problems
from tests.people import People

# A table without an organization, and why it may be so. A table that is in neither list fails the test.
GLOBAL_TABLES = {
    "account_emailaddress": "a person's sign-in address; people belong to the installation",
    "account_emailconfirmation": "as above",
    "auth_group": "Django's, unused and empty",
    "auth_group_permissions": "Django's, unused and empty",
    "auth_permission": "Django's list of model names",
    "django_content_type": "Django's list of model names",
    "django_migrations": "what was migrated",
    "django_session": "a session belongs to a person, who may switch organizations in it",
    "foundation_figure": "figures of processes about their own work; they name nobody",
    "identity_authenticatoruse": "which one-time codes were used, by authenticator",
    "identity_cache": "counters of attempts, by digest",
    "identity_signin": "a person's places of being signed in",
    "identity_user": "people with an account; what they may do hangs on memberships, which are walled",
    "mfa_authenticator": "a person's second factors, sealed with the installation's key",
    "messaging_workerpulse": "that a worker is alive",
    "procrastinate_events": "the queue: identifiers and times only",
    "procrastinate_jobs": "as above",
    "procrastinate_periodic_defers": "as above",
    "procrastinate_workers": "as above",
    "tenancy_organization": "names and telephone numbers of organizations are public; its policies limit changes",
    "tenancy_signing_key": "no login but the owner may read it",
}
# What the service provider's login may touch: none of it clinical.
OPS_TABLES = {
    "audit_auditentry",  # adds rows, never reads
    "django_session",
    "fleet_asset",  # things that are lent; whose they are stands in monitoring
    "fleet_assetmove",
    "fleet_incident",  # technical faults: an opaque placement reference at most
    "fleet_incidentfault",
    "fleet_incidentstep",
    "fleet_placement",
    "foundation_figure",
    "foundation_reaction",
    "identity_membership",
    "identity_signin",
    "identity_user",
    "messaging_workerpulse",
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "tenancy_organization",
    "tenancy_site",
}
CLINICAL_PACKAGES = (
    "episodes",
    "programs",
    "billing",
    "home",
    "plots",
    "directory",
    "charting",
    "results",
    "visits",
    "scheduling",
    "compliance",
    "readings",
    "alerts",
    "triage",
    "intake",
    "dicom",
    "consults",
    "vendors",
)
MESSAGES_OF_CARE = "messaging"
# Functions with the owner's rights that any login may run, and why.
PUBLIC_DEFINERS = {
    "tenancy_context_part": "every policy calls it; it reads the signing key and answers with an id"
}
# As above, for the ingest login as well as the application's.
INGEST_DEFINERS = {
    "vendors_pull_soon": "queues one fixed task for a link of an organization; takes no text",
}
# Unique over digests of random tokens.
SECRET_KEYS = {"credential_token_digest", "vendor_callback_digest"}


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


@pytest.fixture
def tables(db: None) -> dict[str, dict[str, Any]]:
    found = rows("""
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
          EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id'
            AND NOT a.attisdropped),
          (SELECT array_agg(coalesce(pg_get_expr(p.polqual, c.oid), '') || ' ' ||
            coalesce(pg_get_expr(p.polwithcheck, c.oid), '')) FROM pg_policy p
            WHERE p.polrelid = c.oid AND p.polroles = '{0}'),
          EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND
            (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)) @> ARRAY['organization_id'])
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition""")
    names = ("is_walled", "is_forced", "has_organization", "policies", "has_key")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in found}


def test_every_table_belongs_to_an_organization_or_says_why_not(tables: dict[str, dict[str, Any]]) -> None:
    unknown = {name for name, facts in tables.items() if not facts["has_organization"]} - set(GLOBAL_TABLES)
    assert unknown == set(), "give it an organization, or name it in GLOBAL_TABLES with the reason"
    assert set(GLOBAL_TABLES) & {name for name, facts in tables.items() if facts["has_organization"]} == set()


def test_every_table_of_organizations_is_behind_the_wall(tables: dict[str, dict[str, Any]]) -> None:
    walled = {name: facts for name, facts in tables.items() if facts["has_organization"]}
    assert len(walled) > 40
    bad = []
    for name, facts in walled.items():
        policies = facts["policies"] or []
        is_own = any("tenancy_organization()" in policy for policy in policies)
        is_open = any(policy.strip() in {"true", "true true"} for policy in policies)
        if not (facts["is_walled"] and facts["is_forced"] and facts["has_key"] and is_own) or is_open:
            bad.append(name)
    assert bad == [], "add foundation.database.tenant_table to its migration"


def test_partitions_are_reached_through_their_table_only(db: None) -> None:
    found = rows("""
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
          has_table_privilege('hearthline_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
            OR has_table_privilege('hearthline_ingest', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
        FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'""")
    assert len(found) > 10
    assert [name for name, is_walled, is_reached in found if not is_walled or is_reached] == []


def references() -> Iterator[tuple[str, str, str]]:
    for model in apps.get_models():
        columns = {field.column for field in model._meta.concrete_fields}
        for field in model._meta.concrete_fields:
            target = field.related_model
            if not isinstance(field, models.ForeignKey) or not isinstance(target, type):
                continue
            is_walled = any(other.column == "organization_id" for other in target._meta.concrete_fields)
            if is_walled and "organization_id" in columns:
                yield model._meta.db_table, field.column, target._meta.db_table


def test_no_reference_points_across_organizations(db: None) -> None:
    composite = {
        (table, column, target)
        for table, columns, target in rows("""
            SELECT c.conrelid::regclass::text, (SELECT array_agg(a.attname::text) FROM pg_attribute a
                WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)), c.confrelid::regclass::text
            FROM pg_constraint c WHERE c.contype = 'f' AND c.convalidated""")
        if "organization_id" in columns
        for column in columns
    }
    wanted = set(references())
    assert len(wanted) > 40
    assert wanted - composite == set(), "add foundation.database.composite_foreign_key to the migration"


def test_views_do_not_lend_their_owners_eyes(db: None) -> None:
    found = rows("""
        SELECT c.relname, c.relkind, coalesce(c.reloptions::text, '') FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm')""")
    assert [
        name for name, kind, options in found if kind == "m" or "security_invoker=true" not in options
    ] == []


def test_functions_with_the_owners_rights_are_pinned_and_not_for_everybody(db: None) -> None:
    found = rows("""
        SELECT p.proname, coalesce(p.proconfig::text, ''),
          has_function_privilege('hearthline_ingest', p.oid, 'EXECUTE')
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.prosecdef""")
    assert {name for name, _, _ in found} >= {"tenancy_context_part", "audit_search", "audit_access_report"}
    assert [name for name, config, _ in found if "search_path=pg_catalog, public" not in config] == []
    assert {name for name, _, anybody in found if anybody} == set(PUBLIC_DEFINERS) | set(INGEST_DEFINERS)


def rights(login: str) -> dict[str, set[str]]:
    found = rows(
        """
        SELECT c.relname, p.name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
          unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p (name)
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')
          AND (has_table_privilege(%s::text, c.oid, p.name)
            OR (p.name IN ('SELECT', 'INSERT', 'UPDATE') AND has_any_column_privilege(%s::text, c.oid, p.name)))""",
        f"hearthline_{login}",
        f"hearthline_{login}",
    )
    answer: dict[str, set[str]] = {}
    for table, right in found:
        answer.setdefault(table, set()).add(right)
    return answer


def test_the_service_providers_login_reaches_nothing_clinical(db: None) -> None:
    reached = rights("ops")
    assert set(reached) - OPS_TABLES == set()
    assert [table for table in reached if table.startswith(CLINICAL_PACKAGES)] == []
    assert [table for table in reached if table.startswith(MESSAGES_OF_CARE)] in (
        [],
        ["messaging_workerpulse"],
    )
    assert reached["audit_auditentry"] == {"INSERT"}
    assert reached["tenancy_organization"] == {"SELECT"}


def test_no_serving_login_owns_empties_or_builds(db: None) -> None:
    assert database_problems(connection) == []
    for login in ("app", "ops", "ingest", "sealer", "backup"):
        found = rights(login)
        assert not [table for table, some in found.items() if some & {"TRUNCATE", "REFERENCES", "TRIGGER"}]
        ((may_create, is_owner),) = rows(
            "SELECT has_schema_privilege(%s::text, 'public', 'CREATE'), "
            "pg_has_role(%s::text, 'hearthline_owner', 'MEMBER')",
            f"hearthline_{login}",
            f"hearthline_{login}",
        )
        assert (may_create, is_owner) == (False, False)
    assert {frozenset(some) for some in rights("backup").values()} == {frozenset({"SELECT"})}


def test_the_key_of_the_wall_is_for_the_owner_alone(db: None) -> None:
    for login in ("app", "ops", "ingest", "sealer"):
        assert "tenancy_signing_key" not in rights(login)


def test_what_the_application_may_only_add_to_it_cannot_change(people: People) -> None:
    assert rights("app")["audit_auditentry"] == {"INSERT"}
    assert "audit_auditseal" not in rights("app")
    assert "audit_auditunsealed" not in rights("app")


def test_unique_keys_do_not_tell_across_organizations(db: None) -> None:
    """A refused duplicate would reveal another organization's row, unless the value is one that nobody can guess."""
    found = rows("""
        SELECT x.relname,
          (SELECT bool_or(a.attname = 'organization_id') OR bool_and(a.atttypid = 'uuid'::regtype)
           FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey))
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace
        WHERE n.nspname = 'public' AND i.indisunique AND EXISTS (SELECT 1 FROM pg_attribute a
            WHERE a.attrelid = i.indrelid AND a.attname = 'organization_id' AND NOT a.attisdropped)""")
    telling = {index for index, is_silent in found if not is_silent}
    assert telling - SECRET_KEYS == set()
