"""Housekeeping: what nobody needs any more goes."""

from typing import cast

from django.core.cache import cache

from hearthline.foundation.jobs import periodic
from hearthline.identity import sessions
from hearthline.identity.counters import SharedCache


@periodic("17 * * * *")
def forget_expired() -> None:
    """Remove counters that expired, sessions nobody can use and stays that ended long ago."""
    cast("SharedCache", cache).forget_expired()
    sessions.forget_old_stays()
