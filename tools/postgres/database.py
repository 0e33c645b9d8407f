"""The one door for other tools: ``with database_up():`` and the database is there, with its logins."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tools.postgres.cluster import PORT, SUPERUSER, own_cluster
from tools.postgres.keeper import server_in_use
from tools.postgres.logins import ensure_database
from tools.project import Problem

PASSED_ON = ("sslmode", "sslrootcert", "connect_timeout", "target_session_attrs")


@contextmanager
def database_up() -> Iterator[None]:
    """Keep the database reachable while the block runs: a server named by ``DATABASE_URL``, or our own."""
    named = os.environ.get("DATABASE_URL")
    if named:
        ensure_database(named, _address(named))
        yield
        return
    cluster = own_cluster()
    with server_in_use(cluster):
        ensure_database(administrator(), {"host": str(cluster.sockets), "port": PORT})
        yield


def administrator() -> str:
    """Return how to connect as the administrator of the server in use: who makes logins and databases."""
    named = os.environ.get("DATABASE_URL")
    if named:
        return named
    cluster = own_cluster()
    return make_conninfo(
        host=str(cluster.sockets),
        port=PORT,
        dbname="postgres",
        user=SUPERUSER,
        password=cluster.superuser_password_path.read_text(),
    )


def _address(url: str) -> dict[str, Any]:
    """Return what the settings need of a ``DATABASE_URL``: where, and how to connect, not who."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise Problem(
            "DATABASE_URL could not be read. It looks like postgresql://administrator:password@host:5432/postgres"
        ) from error
    options = {name: parts[name] for name in PASSED_ON if parts.get(name)}
    address: dict[str, Any] = {
        "host": parts.get("host") or "localhost",
        "port": int(parts.get("port") or PORT),
    }
    return address | ({"options": options} if options else {})
