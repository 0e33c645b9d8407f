import signal
import threading
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hearthline.demo.withings.cloud import Cloud
from hearthline.demo.withings.fill import open_cloud
from hearthline.demo.withings.server import CloudServer, call, press, weigh
from hearthline.foundation import clock

HOST = "127.0.0.1"
LOOK_SECONDS = 60.0
EVERY = timedelta(hours=12)


class Command(BaseCommand):
    """Run a FAKE of Withings' cloud for the demo: invented accounts that measure themselves twice a day."""

    help = "Run the demo's pretend Withings until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGTERM or SIGINT."""
        if not settings.IS_DEMO:
            message = "The pretend cloud is for the demo's settings only."
            raise CommandError(message)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        cloud = open_cloud(call)
        server = CloudServer(cloud, HOST, settings.DEMO_WITHINGS_PORT)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.stdout.write(f"Pretend Withings on port {settings.DEMO_WITHINGS_PORT}.")
        while not stopping.wait(LOOK_SECONDS):
            _measure_when_due(cloud)
        server.shutdown()
        server.server_close()


def _measure_when_due(cloud: Cloud) -> None:
    """Let everybody who is linked measure, if they have not lately."""
    before = (clock.now() - EVERY).timestamp()
    for account in cloud.accounts.values():
        if account.callbacks and max((group["date"] for group in account.groups), default=0) < before:
            weigh(cloud, account)
            press(cloud, account)
