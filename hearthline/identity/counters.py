"""The shared cache: rate limits and other counters, kept in the database and committed at once.

Django's own database cache would count inside the request's transaction, so that a refused request would take its
count back with it, and would throw away a random third of all rows when it is full, counters of attacks included.
Here each operation commits by itself on a connection of its own, and rows go only when they expire.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connections
from psycopg import sql
from psycopg.abc import Query
from psycopg_pool import ConnectionPool

POOL_SIZE = 4
POOL_WAIT_SECONDS = 5
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

_pools: dict[str, ConnectionPool[Any]] = {}
_lock = Lock()


def close_pools() -> None:
    """Give back every connection; for tests that drop their database, and before a fork."""
    with _lock:
        for pool in _pools.values():
            pool.close()
        _pools.clear()


def _conninfo() -> dict[str, Any]:
    facts = connections["default"].get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "options", "sslmode", "sslrootcert", "service")
    return {name: facts[name] for name in wanted if facts.get(name)}


def _pool() -> ConnectionPool[Any]:
    facts = _conninfo()
    name = json.dumps(facts, sort_keys=True, default=str)
    with _lock:
        if name not in _pools:
            _pools[name] = ConnectionPool(
                kwargs={**facts, "autocommit": True, "application_name": "hearthline-counters"},
                min_size=0,
                max_size=POOL_SIZE,
                timeout=POOL_WAIT_SECONDS,
                open=True,
            )
        return _pools[name]


@contextmanager
def _rows(query: Query, values: dict[str, Any]) -> Iterator[Any]:
    with _pool().connection() as opened:
        yield opened.execute(query, values)


class SharedCache(BaseCache):
    """A cache of JSON values in one table; ``LOCATION`` names it."""

    is_dirty = False

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._table = sql.Identifier(table)

    def _query(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(table=self._table)

    def _expires(self, timeout: Any) -> datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        if seconds is None:
            return FOREVER
        return datetime.now(UTC) + timedelta(seconds=max(float(seconds), 0))

    def _values(self, key: str, value: Any, timeout: Any, version: int | None) -> dict[str, Any]:
        type(self).is_dirty = True
        return {
            "key": self.make_and_validate_key(key, version=version),
            "value": json.dumps(value),
            "expires": self._expires(timeout),
        }

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value, or ``default`` when there is none or it expired."""
        query = self._query(
            "SELECT value FROM {table} WHERE cache_key = %(key)s AND expires > clock_timestamp()"
        )
        with _rows(query, {"key": self.make_and_validate_key(key, version=version)}) as rows:
            row = rows.fetchone()
        return default if row is None else json.loads(row[0])

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep a value."""
        query = self._query(
            "INSERT INTO {table} (cache_key, value, expires) VALUES (%(key)s, %(value)s, %(expires)s) "
            "ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires"
        )
        with _rows(query, self._values(key, value, timeout, version)):
            pass

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value unless there is a living one; of any number at once, one succeeds."""
        query = self._query(
            "INSERT INTO {table} AS kept (cache_key, value, expires) VALUES (%(key)s, %(value)s, %(expires)s) "
            "ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires "
            "WHERE kept.expires <= clock_timestamp()"
        )
        with _rows(query, self._values(key, value, timeout, version)) as rows:
            return bool(rows.rowcount)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let a living value expire later."""
        query = self._query(
            "UPDATE {table} SET expires = %(expires)s WHERE cache_key = %(key)s AND expires > clock_timestamp()"
        )
        with _rows(query, self._values(key, None, timeout, version)) as rows:
            return bool(rows.rowcount)

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget a value."""
        query = self._query("DELETE FROM {table} WHERE cache_key = %(key)s")
        with _rows(query, {"key": self.make_and_validate_key(key, version=version)}) as rows:
            return bool(rows.rowcount)

    def clear(self) -> None:
        """Forget everything."""
        with _rows(self._query("DELETE FROM {table}"), {}):
            type(self).is_dirty = False

    def forget_expired(self) -> int:
        """Remove rows that expired; return how many."""
        with _rows(self._query("DELETE FROM {table} WHERE expires <= clock_timestamp()"), {}) as rows:
            return int(rows.rowcount)
