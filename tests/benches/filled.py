"""A database with millions of readings in it, filled by COPY once and kept: each run measures on a copy of it.

It is filled anew when the migrations, this code or the number of rows change, or when its fourteen days are long past.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql

from tests.database import drop_database, owner_connection

KEPT_DAYS = 3  # the weeks of the store are made eight ahead; "now" must not run away from the readings
PREFIX = "hearthline_bench"
SOURCES = ("filled.py", "stage.py", "copying.py")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Crowd:
    """The monitored people, by number: ``with_history`` have fourteen days that end at ``until``.

    The next ``with_cases`` have an open case each and no readings, the rest is new.
    """

    organization_id: UUID
    with_history: int
    with_cases: int
    count: int
    until: datetime

    @property
    def newcomers(self) -> range:
        """Those of whom nothing is known yet."""
        return range(1 + self.with_history + self.with_cases, 1 + self.count)


def _noted(crowd: Crowd) -> str:
    return json.dumps(asdict(crowd), default=str)


def _read(noted: str) -> Crowd:
    facts = json.loads(noted)
    organization_id, until = UUID(facts.pop("organization_id")), datetime.fromisoformat(facts.pop("until"))
    return Crowd(organization_id=organization_id, until=until, **facts)


def _name(rows: int, migrated: str) -> str:
    """Return what the filled database of so many rows is called; ``migrated`` is the name of the migrated template."""
    digest = hashlib.sha256(migrated.encode())
    for source in SOURCES:
        digest.update((Path(__file__).parent / source).read_bytes())
    return f"{PREFIX}_{migrated.split('_')[2]}_{rows}_{digest.hexdigest()[:8]}"


def _kept(admin: psycopg.Connection[Any], name: str) -> Crowd | None:
    found = admin.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if not found or not found[0]:
        return None
    crowd = _read(found[0])
    return crowd if datetime.now(UTC) - crowd.until < timedelta(days=KEPT_DAYS) else None


def _drop_others(admin: psycopg.Connection[Any], name: str) -> None:
    """Drop what earlier code or other sizes of this checkout left: gigabytes that nobody would look for."""
    beginning = "_".join(name.split("_")[:3]) + "_"
    rows = admin.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datname <> %s", [beginning, name]
    )
    for (other,) in rows.fetchall():
        drop_database(admin, other)


def _copy_of(admin: psycopg.Connection[Any], name: str, template: str) -> None:
    drop_database(admin, name)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


@contextmanager
def filled_database(
    rows: int, say: Say, fill: Callable[[psycopg.Connection[Any], int, Say], Crowd]
) -> Iterator[Crowd]:
    """Use a copy of the filled database on Django's connection; ``fill`` makes the original where there is none."""
    before = connection.settings_dict["NAME"]
    with owner_connection("postgres") as admin:
        template = admin.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, 'hearthline_template_'"
            " || split_part(%s, '_', 3))",
            [before],
        ).fetchone()
        assert template, "the suite makes its template before"
        name = _name(rows, template[0])
        crowd = _kept(admin, name)
        if crowd is None:
            crowd = _fill(admin, name, template[0], rows, say, fill)
        else:
            say(f"{rows:,} readings lie there from an earlier run")
        began = time.perf_counter()
        copy = f"{name}_run"
        _copy_of(admin, copy, name)
        say(f"copied in {time.perf_counter() - began:.0f} s")
        try:
            _use(copy)
            yield crowd
        finally:
            _use(before)
            drop_database(admin, copy)


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _fill(
    admin: psycopg.Connection[Any],
    name: str,
    template: str,
    rows: int,
    say: Say,
    fill: Callable[[psycopg.Connection[Any], int, Say], Crowd],
) -> Crowd:
    began = time.perf_counter()
    _drop_others(admin, name)
    _copy_of(admin, name, template)
    before = connection.settings_dict["NAME"]
    try:
        _use(name)
        with owner_connection(name) as owner:
            crowd = fill(owner, rows, say)
    finally:
        _use(before)
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    admin.execute(comment.format(sql.Identifier(name), sql.Literal(_noted(crowd))))
    say(f"{rows:,} readings of {crowd.with_history:,} people in {time.perf_counter() - began:.0f} s")
    return crowd
