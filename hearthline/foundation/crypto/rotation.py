"""Seal an organization's columns anew with the current version of its key."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from hearthline.foundation.crypto.envelope import HEADER, seal, unseal
from hearthline.foundation.crypto.fields import EncryptedTextField
from hearthline.foundation.crypto.keystore import Purpose, key_store

BATCH_ROWS = 500


def sealed_columns() -> Iterator[tuple[type[models.Model], EncryptedTextField[Any, Any]]]:
    """Yield every encrypted column of every model."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field


def reseal(organization_id: UUID) -> int:
    """Seal every column value of an organization with its current key; return how many were not yet.

    Runs with the organization signed into the transaction, as a login that may update every table (the owner's).
    Files are not touched: each has a key of its own, derived from the version that it names.
    """
    current = HEADER.pack(1, key_store().ring(organization_id, may_create=True).current)
    count = 0
    for model, field in sealed_columns():
        while done := _reseal_batch(organization_id, model._meta.db_table, str(field.column), current):
            count += done
    return count


@transaction.atomic
def _reseal_batch(organization_id: UUID, table: str, column: str, current: bytes) -> int:
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    find = sql.SQL(
        "SELECT id, {column} FROM {table} WHERE organization_id = %s AND substring({column} FROM 1 FOR %s) <> %s "
        "ORDER BY id LIMIT %s FOR UPDATE"
    ).format(**names)
    change = sql.SQL("UPDATE {table} SET {column} = %s WHERE organization_id = %s AND id = %s").format(
        **names
    )
    with connection.cursor() as cursor:
        cursor.execute(find, [organization_id, HEADER.size, current, BATCH_ROWS])
        rows = cursor.fetchall()
        for row_id, stored in rows:
            context = f"{table}|{column}|{row_id}"
            plain = unseal(organization_id, Purpose.FIELDS, bytes(stored), context=context)
            cursor.execute(
                change,
                [seal(organization_id, Purpose.FIELDS, plain, context=context), organization_id, row_id],
            )
    return len(rows)
