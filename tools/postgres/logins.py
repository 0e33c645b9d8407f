"""The database and its logins: one per kind of process, none of them a superuser (architecture, section 4)."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tools.project import Problem, state_directory

DATABASE = "hearthline"
PASSWORD_BYTES = 24
LOGINS = {
    "owner": "CREATEDB",
    "app": "",
    "ops": "",
    "ingest": "",
    "sealer": "",
    "backup": "BYPASSRLS",
}


def facts_path() -> Path:
    """Return the file (mode 0600) from which the settings learn where the database is and how to sign in."""
    return state_directory() / "database.json"


def ensure_database(administrator: str, address: Mapping[str, Any]) -> None:
    """Make the database and its logins, or repair them, so that they match ``database.json``.

    ``administrator`` is the connection of someone who may create roles; ``address`` is what ``database.json``
    shall say of the server: host, port, options.
    """
    facts = _read_facts()
    passwords = {
        login: facts.get("logins", {}).get(login, {}).get("password") or secrets.token_urlsafe(PASSWORD_BYTES)
        for login in LOGINS
    }
    logins = {login: {"user": f"hearthline_{login}", "password": passwords[login]} for login in LOGINS}
    wanted = {**address, "name": DATABASE, "logins": logins}
    if wanted == facts and _signs_in(wanted):
        return
    _write_facts(wanted)
    try:
        with psycopg.connect(administrator, autocommit=True) as connection:
            for login, attributes in LOGINS.items():
                _ensure_login(connection, logins[login], attributes)
            _ensure_own_database(connection)
    except psycopg.Error as error:
        raise Problem(
            f"The database and its logins could not be made: {str(error).strip()}\n"
            "The server has to let this user create roles (one with BYPASSRLS, for backups) and databases."
        ) from error


def _ensure_login(connection: psycopg.Connection[Any], login: Mapping[str, str], attributes: str) -> None:
    name, password = sql.Identifier(login["user"]), sql.Literal(login["password"])
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login["user"]]).fetchone()
    verb = sql.SQL("ALTER ROLE" if known else "CREATE ROLE")
    options = sql.SQL(f"LOGIN {attributes} PASSWORD")
    connection.execute(sql.SQL("{} {} {} {}").format(verb, name, options, password))


def _ensure_own_database(connection: psycopg.Connection[Any]) -> None:
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        connection.execute("GRANT hearthline_owner TO CURRENT_USER")
        connection.execute(
            f"CREATE DATABASE {DATABASE} OWNER hearthline_owner TEMPLATE template0 ENCODING 'UTF8' "
            "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
        )
    connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
    for login in LOGINS:
        connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO hearthline_{login}")


def _signs_in(facts: Mapping[str, Any]) -> bool:
    login = facts["logins"]["app"]
    try:
        psycopg.connect(
            host=facts["host"],
            port=facts["port"],
            dbname=facts["name"],
            user=login["user"],
            password=login["password"],
            **facts.get("options", {}),
        ).close()
    except psycopg.Error:
        return False
    return True


def _read_facts() -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(facts_path().read_text())
    except FileNotFoundError:
        return {}
    return facts


def _write_facts(facts: Mapping[str, Any]) -> None:
    draft = facts_path().with_name(f".database.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(facts, file, indent=1)
    draft.replace(facts_path())
