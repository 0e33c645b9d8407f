"""A second PostgreSQL that may be killed, with the suite's migrated tables in it."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from hearthline.config.state import database_settings, state_directory
from tests.browser.installation import SHARED
from tools.postgres.cluster import PORT, SUPERUSER, Cluster, own_cluster
from tools.postgres.logins import ensure_database

STARTS_SECONDS = 60.0
# What the migrations put in, and no test removes.
FILLED_TABLES = ("auth_permission", "django_content_type", "django_migrations", "tenancy_signing_key")


class Server:
    """A PostgreSQL of the test's own, without a keeper: whoever kills it starts it again."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.process = cluster.start()

    def wait(self) -> None:
        """Wait until it takes connections."""
        deadline = time.monotonic() + STARTS_SECONDS
        while not self.cluster.accepts():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it and everything it started, as a power cut would, and start it again."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for one in (self.process.pid, *map(int, children)):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        self.process = self.cluster.start()

    def stop(self) -> None:
        """End it without a checkpoint: nobody needs its data any more."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


def _run(program: str, database: str, *arguments: str, given: bytes | None = None) -> bytes:
    facts = database_settings("owner")
    environment = {
        **os.environ,
        "PGHOST": str(facts["HOST"]),
        "PGPORT": str(facts["PORT"] or PORT),
        "PGUSER": str(facts["USER"]),
        "PGPASSWORD": str(facts["PASSWORD"]),
        "PGOPTIONS": "--client-min-messages=warning",
    }
    command = [str(own_cluster().binaries / program), "--dbname", database, *arguments]
    return subprocess.run(command, input=given, env=environment, stdout=subprocess.PIPE, check=True).stdout


def _tables_of_the_suite() -> bytes:
    """Return the suite's tables as SQL, and what the migrations put into them."""
    name = connection.settings_dict["NAME"]
    kept = [part for table in FILLED_TABLES for part in ("--table", table)]
    return _run("pg_dump", name, "--schema-only") + _run("pg_dump", name, "--data-only", *kept)


@contextmanager
def server_of_our_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Run a second PostgreSQL and use it on the test's connection."""
    real, before = state_directory(), dict(connection.settings_dict)
    tables = _tables_of_the_suite()
    with tempfile.TemporaryDirectory(prefix="hl-") as name:
        state = Path(name) / "state"
        Path(name).chmod(0o711)
        state.mkdir(mode=0o711)
        for shared in SHARED:
            (state / shared).symlink_to(real / shared)
        monkeypatch.setenv("HEARTHLINE_STATE_DIR", str(state))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        cluster = own_cluster()
        cluster.initialise()
        server = Server(cluster)
        server.wait()
        try:
            ensure_database(_administrator(cluster), {"host": str(cluster.sockets), "port": PORT})
            facts = database_settings("app")
            _run(
                "psql",
                str(facts["NAME"]),
                "--quiet",
                "--single-transaction",
                "--output",
                os.devnull,
                given=tables,
            )
            connection.close()
            changed = {key: facts[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")}
            connection.settings_dict.update(changed)
            yield server
        finally:
            connection.close()
            connection.settings_dict.update(before)
            server.stop()


def _administrator(cluster: Cluster) -> str:
    password = cluster.superuser_password_path.read_text()
    return make_conninfo(
        host=str(cluster.sockets), port=PORT, dbname="postgres", user=SUPERUSER, password=password
    )
