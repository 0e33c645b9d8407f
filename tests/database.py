"""The suite's database: made and migrated by the owner's login, used through the application's.

A template, named after the migrations' content, is migrated once; each worker of the suite copies it.
"""

import contextlib
import fcntl
import gc
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.template.base import Template
from django.utils import translation
from psycopg import sql

from hearthline.config.state import PROJECT_DIRECTORY, database_settings, state_directory
from hearthline.identity.counters import SharedCache, close_pools

RENDER = Template._render  # type: ignore[attr-defined]  # before the test environment replaces it
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission", "tenancy_signing_key"}
GOING_LOOKS, GOING_PAUSE_SECONDS = 10, 0.01  # a closed connection's server process takes a moment to end
GARBAGE_THRESHOLD = 50_000  # the default walks all that Django loaded, again and again


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run long races, kills and fuzzing too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    left_out = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the collector of garbage away from modules and tests, which stay until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 100)


def owner_connection(name: str) -> psycopg.Connection[Any]:
    """Connect as the owner; for setting the stage and for attacks from outside the application."""
    return _connected("owner", name)


def backup_connection(name: str) -> psycopg.Connection[Any]:
    """Connect as the backup, which reads every committed row of every organization."""
    return _connected("backup", name)


def _connected(login: str, name: str) -> psycopg.Connection[Any]:
    facts = database_settings(login)
    return psycopg.connect(
        host=facts["HOST"],
        port=facts["PORT"] or None,
        user=facts["USER"],
        password=facts["PASSWORD"],
        dbname=name,
        autocommit=True,
    )


def _fingerprint() -> str:
    digest = hashlib.sha256(str(PROJECT_DIRECTORY).encode())
    for path in sorted((PROJECT_DIRECTORY / "hearthline").glob("**/migrations/*.py")):
        digest.update(path.read_bytes())
    digest.update((PROJECT_DIRECTORY / "hearthline/foundation/database.py").read_bytes())
    digest.update((PROJECT_DIRECTORY / "requirements.txt").read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    path = state_directory() / "test-database.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _connect_as(login: str, name: str) -> None:
    connection.close()
    facts = database_settings(login)
    connection.settings_dict.update(USER=facts["USER"], PASSWORD=facts["PASSWORD"], NAME=name)


def drop_database(admin: psycopg.Connection[Any], name: str) -> None:
    """Drop a database. Plainly first, which ends the server's own housekeeping there; then by force."""
    for how in ("", " WITH (FORCE)"):
        with contextlib.suppress(psycopg.errors.ObjectInUse):
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}{}").format(sql.Identifier(name), sql.SQL(how)))
            return
    message = f"somebody still uses the database {name}"
    raise RuntimeError(message)


def _renew(admin: psycopg.Connection[Any], template: str, name: str) -> None:
    """Make the worker's database as new: a fresh copy, which is several times quicker than emptying all its tables.

    Where somebody is still connected (a server that serves several tests), the tables are emptied.
    """
    close_pools()
    connections.close_all()
    if _is_used(admin, name):
        _empty(name)
    else:
        _copy(admin, template, name)


def _is_used(admin: psycopg.Connection[Any], name: str) -> bool:
    query = "SELECT FROM pg_stat_activity WHERE datname = %s LIMIT 1"
    for _ in range(GOING_LOOKS):
        if admin.execute(query, [name]).fetchone() is None:
            return False
        time.sleep(GOING_PAUSE_SECONDS)
    return True


def _empty(name: str) -> None:
    with owner_connection(name) as opened:
        rows = opened.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = [sql.Identifier(row[0]) for row in rows if row[0] not in KEPT_TABLES]
        opened.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(names)))


def _copy(admin: psycopg.Connection[Any], template: str, name: str) -> None:
    drop_database(admin, name)
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    )


def _make_template(admin: psycopg.Connection[Any], template: str) -> None:
    exists = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone()
    if exists:
        return
    checkout = template.rsplit("_", 1)[0]
    stale = admin.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [checkout]
    ).fetchall()
    for (name,) in stale:
        drop_database(admin, name)
    building = f"building_{template}"
    drop_database(admin, building)
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(building)))
    _connect_as("owner", building)
    call_command("migrate", verbosity=0)
    connection.close()
    admin.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(template))
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Connect this worker to its own copy of the migrated template as the application; yield what renews it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    checkout = hashlib.sha256(str(PROJECT_DIRECTORY).encode()).hexdigest()[:8]
    template = f"hearthline_template_{checkout}_{_fingerprint()}"
    name = f"hearthline_test_{checkout}_{worker}"
    with django_db_blocker.unblock(), owner_connection("postgres") as admin:
        with _one_at_a_time():
            _make_template(admin, template)
        _copy(admin, template, name)
        _connect_as("app", name)
        yield partial(_renew, admin, template, name)
        close_pools()
        connections.close_all()
        drop_database(admin, name)


@pytest.fixture(autouse=True)
def nobodys_language() -> None:
    """Forget the language that a page of an earlier test was shown in."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def fresh_counters() -> Iterator[None]:
    """Forget rate limits between tests: they commit at once, so a test's rollback does not."""
    yield
    if SharedCache.is_dirty:
        cache.clear()


@pytest.fixture
def owner(db: None) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection to the test's database. Sees only what is committed."""
    with owner_connection(connection.settings_dict["NAME"]) as opened:
        yield opened


@pytest.fixture
def committed(django_db_setup: Callable[[], None], django_db_blocker: Any) -> Iterator[None]:
    """Real commits, for threads and live servers; what they left goes with the database."""
    with django_db_blocker.unblock():
        yield
        django_db_setup()


@contextmanager
def as_login(login: str) -> Iterator[None]:
    """Use another database login on the test's connection; only with what is really committed."""
    before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    facts = database_settings(login)
    connection.close()
    connection.settings_dict.update(USER=facts["USER"], PASSWORD=facts["PASSWORD"])
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def run_in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(number)`` in real threads that start together; return each result or the exception raised."""
    start = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        start.wait(timeout=30)
        try:
            results[number] = work(number)
        except Exception as exception:
            results[number] = exception
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.fixture(autouse=True, scope="session")
def lean_templates(django_test_environment: None) -> None:
    """Render as in production: no test looks at the contexts that Django would copy for every template."""
    Template._render = RENDER  # type: ignore[attr-defined]
