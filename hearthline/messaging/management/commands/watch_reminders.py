import logging
import signal
import threading
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connections

from hearthline.messaging import oversight

logger = logging.getLogger(__name__)
SECONDS_BETWEEN = 30.0
WORKER_STARTS_WITHIN = timedelta(seconds=90)


class Command(BaseCommand):
    """Watch from outside the worker that reminders go out: a dead worker cannot report its own death."""

    help = "Look each half minute for reminders that did not go, and whether the worker lives; raise alarms."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer one look, for a timer that somebody else keeps."""
        parser.add_argument(
            "--once", action="store_true", help="look once; exit status 1 when something is wrong"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Watch until SIGTERM or SIGINT."""
        if options["once"]:
            watched = oversight.watch()
            self.stdout.write(str(watched))
            raise SystemExit(0 if watched.is_well else 1)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        stopping.wait(WORKER_STARTS_WITHIN.total_seconds())
        while not stopping.wait(SECONDS_BETWEEN):
            try:
                oversight.watch()
                oversight.beat(oversight.WATCHER)
            except Error:
                logger.exception("the watch could not reach the database")
                connections.close_all()
