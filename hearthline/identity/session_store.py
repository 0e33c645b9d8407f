"""Django's session table, with the cookie's value kept as a hash: a copy of the table opens no session."""

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

KEPT_LENGTH = 40  # of the hash: the width of the table's column, 160 bits


def hash_of(session_key: str) -> str:
    """Return the form in which a cookie's value is stored."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:KEPT_LENGTH]


class SessionStore(DatabaseStore):
    """As Django's database sessions; only the stored key differs."""

    def _get_session_from_db(self) -> Any:
        rows = self.model.objects.filter(expire_date__gt=timezone.now())
        row = rows.filter(session_key=hash_of(self.session_key)).first() if self.session_key else None
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        """Whether a session of this key is kept."""
        return super().exists(hash_of(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row to be saved, under the hash of its key."""
        row = super().create_model_instance(data)
        row.session_key = hash_of(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Forget the session."""
        named = session_key or self.session_key
        if named is not None:
            self.model.objects.filter(session_key=hash_of(named)).delete()
