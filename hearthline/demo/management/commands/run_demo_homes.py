import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from hearthline.demo.homes.living import live_on

ROUND_SECONDS = 60.0


class Command(BaseCommand):
    """Have the demo's people measure themselves, as time goes by, through the doors that real devices use."""

    help = "Play the demo's homes until told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Send once a minute what was measured since, until SIGTERM or SIGINT."""
        if not settings.IS_DEMO:
            message = "The homes are for the demo's settings only."
            raise CommandError(message)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.wait(ROUND_SECONDS):
            self.stdout.write(f"homes: {live_on(stopping.is_set)} values sent")
            connection.close()
