"""Insert rows on roads that are driven often: the statement of a table is written once, not composed for each row."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model in one statement: what ``bulk_create`` does, at a fraction of its processor time.

    For models with a primary key of their own making and no parents; the database says what is wrong with a row.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = model._meta.local_concrete_fields
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)
        for row in rows
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, len(rows)), values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _statement(model: type[models.Model], count: int) -> str:
    fields = model._meta.local_concrete_fields
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    row = ", ".join(_place_of(field) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    places = ", ".join([f"({row})"] * count)
    return f"INSERT INTO {table} ({names}) VALUES {places}"  # noqa: S608 - names of our own tables and columns


def _place_of(field: "models.Field[Any, Any]") -> str:
    """Return where a value goes; an array says its type, for the database could not tell an empty one's."""
    if hasattr(field, "get_placeholder"):
        return str(field.get_placeholder(None, None, connection))
    return "%s"
