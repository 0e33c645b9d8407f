"""``migrate`` takes a short way to the tables: it leads to the same ones as Django's own."""

import os
import subprocess
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection
from psycopg import sql

from hearthline.config.state import database_settings
from tests.database import drop_database, owner_connection

PLAIN = "plainly_migrated"


def schema_of(name: str) -> list[str]:
    """Return the statements that make a database's tables, as ``pg_dump`` writes them."""
    facts = database_settings("owner")
    done = subprocess.run(
        [
            "pg_dump",
            "--schema-only",
            "-h",
            facts["HOST"],
            "-p",
            str(facts["PORT"]),
            "-U",
            facts["USER"],
            name,
        ],
        env={**os.environ, "PGPASSWORD": facts["PASSWORD"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def migrate_plainly(admin: psycopg.Connection[Any]) -> None:
    drop_database(admin, PLAIN)
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(PLAIN)))
    before = dict(connection.settings_dict)
    facts = database_settings("owner")
    connection.close()
    connection.settings_dict.update(USER=facts["USER"], PASSWORD=facts["PASSWORD"], NAME=PLAIN)
    try:
        call_command(migrate.Command(), verbosity=0)
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.mark.slow
def test_the_tables_are_those_of_djangos_own_command(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), owner_connection("postgres") as admin:
        try:
            migrate_plainly(admin)
            plain = schema_of(PLAIN)
        finally:
            drop_database(admin, PLAIN)
        assert len(plain) > 1_000
        assert schema_of(connection.settings_dict["NAME"]) == plain
