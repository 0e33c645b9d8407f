import logging
import signal
import threading
import time
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection

from hearthline.audit import checkpoints, sealer

SEAL_SECONDS = 1.0
CHECKPOINT_SECONDS = 60.0
RETRY_SECONDS = 5.0
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Seal the audit about once a second and sign a checkpoint each minute (login: sealer)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="seal what waits, write a checkpoint, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            sealer.seal_waiting()
            checkpoints.write(sealer.heads())
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_until(stop)


def run_until(stop: threading.Event) -> None:
    """Seal and checkpoint until told to stop; a database that is away is tried again."""
    next_checkpoint = time.monotonic()
    while not stop.is_set():
        try:
            sealer.seal_waiting()
            if time.monotonic() >= next_checkpoint:
                checkpoints.write(sealer.heads())
                next_checkpoint = time.monotonic() + CHECKPOINT_SECONDS
            stop.wait(SEAL_SECONDS)
        except Error as error:
            logger.warning("the seal waits for the database", extra={"error": type(error).__name__})
            connection.close()
            stop.wait(RETRY_SECONDS)
    with suppress(Error):
        checkpoints.write(sealer.heads())
