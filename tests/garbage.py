"""What strangers and broken programs send: values, bodies, and the fields that a page really asks for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote, urlencode

from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.urls import resolve

from tests.routes import Route

FORM = "application/x-www-form-urlencoded"
LONG = "x" * 70_000
VALUES: dict[str, str | bytes] = {
    "empty": "",
    "blank": " \t\r\n ",
    "word": "dragon",
    "long": LONG,
    "longer than a column": "y" * 2_100,
    "NUL": "a\x00b",
    "unpaired surrogate": b"\xed\xa0\x80",
    "not UTF-8": b"\xff\xfe\xc3",
    "direction marks": "\u202e\u2066\u200f",
    "stacked accents": "Z" + "\u0351" * 400,
    "markup": "<script>alert(1)</script>{{ 7*7 }}%s%n",
    "negative": "-1",
    "beyond an integer": "9" * 40,
    "infinite": "1e999",
    "not a number": "NaN",
    "first day": "0001-01-01",
    "last moment": "9999-12-31T23:59:59+14:00",
    "no such day": "2026-02-30",
    "day long past": "1200-05-05",
    "digits of another script": "\u0661\u0662\u0663",
    "path": "../../../../etc/passwd",
    "separators": "|||,,,;;;",
}
NO_WORDS = {"UUIDConverter"}  # whatever is no id is no such page, before any view
TABLES_THAT_MAY_GROW = re.compile("audit|session|counter|cache|ratelimit|sign_?in|count")


class _Fields(HTMLParser):
    """Collects what a form on the page would send."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and given.get("value"):
            self.values.setdefault(self._select, given["value"] or "")
        if tag == "textarea" and name:
            self.values.setdefault(name, "Some words")
        if tag in {"input", "button"} and name and name != "csrfmiddlewaretoken":
            self.values.setdefault(name, given.get("value") or _sample(given.get("type") or "text"))


def _sample(kind: str) -> str:
    return {"date": "1990-02-28", "time": "10:00", "number": "2", "email": "a@b.example"}.get(
        kind, "Some words"
    )


def fields_of(page: str) -> dict[str, str]:
    """Return the fields of a page's forms with values that look right."""
    parser = _Fields()
    parser.feed(page)
    return parser.values


@contextmanager
def asked_fields() -> Iterator[set[str]]:
    """Note every name that is looked up in a form while this is open."""
    asked: set[str] = set()
    before = {name: getattr(QueryDict, name) for name in ("__getitem__", "getlist", "__contains__")}

    def watching(method: Any) -> Any:
        def look(data: QueryDict, key: str, *rest: Any) -> Any:
            asked.add(str(key))
            return method(data, key, *rest)

        return look

    for name, method in before.items():
        setattr(QueryDict, name, watching(method))
    try:
        yield asked
    finally:
        for name, method in before.items():
            setattr(QueryDict, name, method)


def bodies() -> dict[str, dict[str, Any]]:
    """Return requests whose body is not a form at all."""
    boundary = "multipart/form-data; boundary=here"
    part = b'--here\r\nContent-Disposition: form-data; name="text"'
    return {
        "no body": {"data": b"", "content_type": FORM},
        "JSON where a form is asked": {"data": b'{"a": 1}', "content_type": "application/json"},
        "broken JSON": {"data": b"{", "content_type": "application/json"},
        "JSON that is a list": {"data": b"[1]", "content_type": "application/json"},
        "JSON with a lone surrogate": {"data": b'{"text": "\\ud800"}', "content_type": "application/json"},
        "deep JSON": {"data": b"[" * 20_000, "content_type": "application/json"},
        "unknown type": {"data": b"\x00\x01", "content_type": "application/x-unknown"},
        "unknown charset": {"data": b"a=b", "content_type": f"{FORM}; charset=klingon"},
        "multipart without a boundary": {"data": b"--", "content_type": "multipart/form-data"},
        "multipart that stops": {"data": part, "content_type": boundary},
        "multipart with bad base64": {
            "data": part + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--here--\r\n",
            "content_type": boundary,
        },
        "too many fields": {
            "data": "&".join(f"f{number}=1" for number in range(600)).encode(),
            "content_type": FORM,
        },
        "too large": {"data": b"a=" + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE, "content_type": FORM},
    }


def form(values: dict[str, Any]) -> dict[str, Any]:
    """Return the request that sends a form, byte for byte as given."""
    return {"data": urlencode(values).encode(), "content_type": FORM}


def rows() -> dict[str, int]:
    """Count the rows of every table that the application sees, without those that count or record visits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT') ORDER BY tablename"
        )
        names = [name for (name,) in cursor.fetchall() if not TABLES_THAT_MAY_GROW.search(name)]
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names))  # noqa: S608
        return dict(cursor.fetchall())


def takes_words(route: Route) -> bool:
    """Whether the address of a route has a place for something that is no id: a slug, a code, a number."""
    return any(type(converter).__name__ not in NO_WORDS for _, converter in route.converters)


def addresses_with_garbage(route: Route, url: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, and an address of the route that has it in the place of one word."""
    arguments, parts, place = resolve(unquote(url)).kwargs, url.split("/"), -1
    words = [unquote(part) for part in parts]
    for name, converter in route.converters:
        place = words.index(converter.to_url(arguments[name]), place + 1)
        if type(converter).__name__ in NO_WORDS:
            continue
        for what, value in VALUES.items():
            yield what, "/".join([*parts[:place], quote(value, safe=""), *parts[place + 1 :]])


def in_shares(routes: list[Route], most: int) -> Iterator[list[Route]]:
    """Deal routes out in turn, since neighbours cost alike, into shares of at most so many."""
    count = -(-len(routes) // most)
    return (list(islice(routes, number, None, count)) for number in range(count))
