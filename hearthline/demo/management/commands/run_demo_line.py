import signal
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hearthline.demo.bad_line import LINES, chosen
from hearthline.demo.line import Emulator

LOOK_SECONDS = 0.3
NOTHING_TO_DO = 69  # the supervisor leaves a process alone that ends so


class Command(BaseCommand):
    """Run the line of one invented patient, which can be made worse at ``/demo/line/``."""

    help = "Run the demo's line until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry datagrams until SIGTERM or SIGINT; the line is what the page says."""
        if not settings.IS_DEMO:
            message = "The emulated line is for the demo's settings only."
            raise CommandError(message)
        if settings.TURN_RELAY is None:
            sys.exit(NOTHING_TO_DO)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        emulator = Emulator(settings.TURN_PORT, port=settings.DEMO_LINE_PORT)
        while not stopping.wait(LOOK_SECONDS):
            emulator.line = LINES[chosen()]
        emulator.stop()
