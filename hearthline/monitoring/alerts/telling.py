"""The teller: tells people of what was raised, the moment it is committed. A process of its own, behind nothing.

The rows say what is to be told (``AlertEvent.is_to_tell``, ``Case.next_step_at``); a notification only says in which
organization. One that came while nobody listened costs time and no alert: the teller looks everywhere when it begins
to listen, and the worker's clocks (``jobs.watch_clocks``) look each minute.
"""

import logging
import threading
import time
from typing import Any
from uuid import UUID

import psycopg
from django.db import Error, connection

from hearthline.foundation import figures
from hearthline.foundation.changes import session_parameters
from hearthline.monitoring.alerts.escalation import AT_ONCE, escalate_due, tell_events
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

CHANNEL = "hearthline_telling"  # also in ``alerts_tell_soon``
SIGN = ""  # in place of an organization: the sign of life goes the way that an alert goes
SIGN_SECONDS = 60.0
TICK_SECONDS = 1.0  # how soon a stop is noticed
PAUSE_SECONDS = 0.5
logger = logging.getLogger(__name__)


def tell_of(organization_id: UUID) -> int:
    """Take cases up their ladders and tell of events, in the open organization; return how many of both.

    First the next of each case is told, then the events are noted as told: the time of that is when people knew.
    """
    return escalate_due(organization_id) + tell_events(organization_id)


def tell(organization_id: UUID) -> None:
    """Tell everything that waits in one organization."""
    done = AT_ONCE
    while done >= AT_ONCE:
        with acting_in(organization_id):
            done = tell_of(organization_id)


class Teller:
    """Listens and tells until it is told to stop."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._next_sign = 0.0

    def run(self) -> None:
        """Go on whatever becomes of the database."""
        while not self._stopping.is_set():
            try:
                with psycopg.connect(**session_parameters(), autocommit=True) as listening:
                    self._listen(listening)
            except (psycopg.Error, Error, OSError):
                logger.warning("the database does not answer; the teller tries again")
                connection.close()
                self._stopping.wait(PAUSE_SECONDS)

    def _listen(self, listening: psycopg.Connection[Any]) -> None:
        listening.execute(f"LISTEN {CHANNEL}")
        for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
            self.hear(str(organization_id))
        while not self._stopping.is_set():
            if time.monotonic() >= self._next_sign:
                self._next_sign = time.monotonic() + SIGN_SECONDS
                announce_sign()
            # What comes while people are told is told together afterwards.
            heard = {one.payload for one in listening.notifies(timeout=TICK_SECONDS, stop_after=1)}
            for payload in heard:
                self.hear(payload)

    def hear(self, payload: str) -> None:
        """Do what one notification asks for; what fails for another reason than the database holds up nothing else."""
        try:
            if payload == SIGN:
                figures.note([(figures.TELLING, 0)])
            else:
                tell(UUID(payload))
        except (psycopg.Error, Error):
            raise
        except Exception:
            logger.exception("people of an organization were not told", extra={"organization_id": payload})


def announce_sign() -> None:
    """Ask for a sign of life."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, SIGN])
