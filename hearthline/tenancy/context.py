"""Which organization (and which person) a transaction speaks for.

The context is a transaction-local setting, signed with a key that the database can check and the application's
login cannot read there: SQL smuggled into a query can change the setting but cannot sign it.
"""

import hashlib
import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

CONTEXT_SETTING = "hearthline.context"
CONTEXT_SECONDS = 3600  # longer than any transaction may live; the setting ends with the transaction anyway


def sign(organization_id: UUID | None, user_id: UUID | None, *, backend_pid: int, expires_at: int) -> str:
    """Return the signed context: ``organization|user|expiry|signature``, good for one database session only."""
    payload = f"{organization_id or ''}|{user_id or ''}|{expires_at}"
    key = settings.TENANCY_SIGNING_KEY.encode()
    signature = hmac.new(key, f"{payload}|{backend_pid}".encode(), hashlib.sha256).hexdigest()
    return f"{payload}|{signature}"


def set_context(organization_id: UUID | None, user_id: UUID | None = None) -> None:
    """Sign the organization and person into the open transaction.

    Raises:
        TransactionManagementError: no transaction is open, so the context would not outlive the statement.
    """
    _replace(_signed(organization_id, user_id))


def _signed(organization_id: UUID | None, user_id: UUID | None) -> str:
    if not connection.in_atomic_block:
        message = "the tenant context needs an open transaction"
        raise transaction.TransactionManagementError(message)
    connection.ensure_connection()
    return sign(
        organization_id,
        user_id,
        backend_pid=connection.connection.info.backend_pid,
        expires_at=int(time.time()) + CONTEXT_SECONDS,
    )


def _replace(value: str) -> str:
    """Write the setting, and return what it was; in one statement, since most requests do it several times."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting(%s, true), ''), set_config(%s, %s, true)",
            [CONTEXT_SETTING, CONTEXT_SETTING, value],
        )
        return str(cursor.fetchone()[0])


@contextmanager
def acting_in(organization_id: UUID | None, user_id: UUID | None = None) -> Iterator[None]:
    """Run the block in a transaction that speaks for an organization; what it wrote commits at the end.

    Nested in another transaction, the context that was there before comes back afterwards.
    """
    is_nested = connection.in_atomic_block
    with transaction.atomic():
        before = _replace(_signed(organization_id, user_id))
        yield
        if is_nested:
            _replace(before)
