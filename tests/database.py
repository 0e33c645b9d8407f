"""The suite's database: made and migrated by the owner's login, used through the application's.

A template, named after the migrations' content, is migrated once; each worker of the suite copies it.
"""

import contextlib
import fcntl
import gc
import hashlib
import threading
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
from psycopg.conninfo import make_conninfo

from hearthline.config.state import PROJECT_DIRECTORY, database_settings, state_directory
from hearthline.identity.counters import SharedCache, close_pools
from tools.postgres.database import administrator

RENDER = Template._render  # type: ignore[attr-defined]  # before the test environment replaces it
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission", "tenancy_signing_key"}
# What has to be as it was before a database can be made new by deleting rows.
FRAME = """
    SELECT (SELECT md5(string_agg(oid || relname, ',' ORDER BY oid)) FROM pg_class
             WHERE relnamespace = 'public'::regnamespace),
           (SELECT md5(string_agg(oid || prosrc, ',' ORDER BY oid)) FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace),
           (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_constraint),
           (SELECT md5(string_agg(key::text, ',' ORDER BY key::text)) FROM tenancy_signing_key AS key),
           (SELECT count(*) FROM django_content_type), (SELECT count(*) FROM auth_permission)"""
RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
    WHERE last_value IS NOT NULL AND sequencename !~ '^(django_|auth_)'"""
DEALT_OUT = {
    "test_garbage.py",
    "test_route_walk.py",
}  # long, and no test of theirs needs another: any worker has any
GARBAGE_THRESHOLD = 50_000  # the default walks all that Django loaded, again and again


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run long races, kills and fuzzing too")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name not in DEALT_OUT:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
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


def _renew(admin: psycopg.Connection[Any], template: str, name: str, frame: Any) -> None:
    """Make the worker's database as new: its few rows go; where a test changed more than rows, it is copied anew.

    Either beats TRUNCATE, which makes new files for hundreds of tables and indexes.
    """
    close_pools()
    connections.close_all()
    with _administrator_connection(name) as opened:
        is_same = _frame(opened) == frame
        if is_same:
            _empty(opened)
    if not is_same:
        _copy(admin, template, name)


def _administrator_connection(name: str) -> psycopg.Connection[Any]:
    return psycopg.connect(make_conninfo(administrator(), dbname=name), autocommit=True)


def _frame(opened: psycopg.Connection[Any]) -> Any:
    """Return what has to be equal in two databases that differ in rows only."""
    return opened.execute(FRAME).fetchone()


def _empty(opened: psycopg.Connection[Any]) -> None:
    """Delete every row but those that migrations wrote; nothing is checked on the way, since everything goes."""
    rows = opened.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    names = [name for (name,) in rows if name not in KEPT_TABLES]
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)  # noqa: S608
    with opened.transaction():
        opened.execute("SET LOCAL session_replication_role = replica")
        for (name,) in opened.execute(filled).fetchall():
            opened.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        opened.execute(RESTART)


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
        with _administrator_connection(name) as opened:
            frame = _frame(opened)
        _connect_as("app", name)
        yield partial(_renew, admin, template, name, frame)
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
