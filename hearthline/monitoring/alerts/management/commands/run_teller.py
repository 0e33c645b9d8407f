import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from hearthline.monitoring.alerts.telling import Teller


class Command(BaseCommand):
    """Tell people of alerts as they are raised; a process of its own, so that nothing stands before them."""

    help = "Tell people of alerts until told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell until SIGTERM or SIGINT."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        Teller(stopping).run()
