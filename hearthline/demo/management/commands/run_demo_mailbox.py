import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hearthline.demo.mailbox.mail import make_controller
from hearthline.demo.mailbox.sms import make_server

HOST = "127.0.0.1"


class Command(BaseCommand):
    """Take what the demo sends: a real SMTP server, and a stand-in for a paid SMS gateway."""

    help = "Run the demo's mailbox until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve both until SIGTERM or SIGINT."""
        if not settings.IS_DEMO:
            message = "The mailbox is for the demo's settings only."
            raise CommandError(message)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        mail = make_controller(HOST, settings.DEMO_MAIL_PORT)
        texts = make_server(HOST, settings.DEMO_SMS_PORT)
        mail.start()
        serving = threading.Thread(target=texts.serve_forever, daemon=True)
        serving.start()
        self.stdout.write(
            f"E-mail on port {settings.DEMO_MAIL_PORT}, texts on port {settings.DEMO_SMS_PORT}."
        )
        stopping.wait()
        texts.shutdown()
        texts.server_close()
        mail.stop()
