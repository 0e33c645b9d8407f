"""Run the DICOM listener until told to stop."""

import signal
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from hearthline.foundation.threads import share_promptly
from hearthline.imaging.dicom.listener import Listener, tls_context

NOTHING_TO_DO = 69  # the supervisor leaves a process alone that ends so


class Command(BaseCommand):
    help = "Receive DICOM objects of the machines that were let in (C-STORE)."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Listen; SIGTERM and SIGINT end it."""
        if not settings.DICOM_PORT:
            self.stderr.write("The DICOM listener is off. Set HEARTHLINE_DICOM_PORT to have it listen.")
            sys.exit(NOTHING_TO_DO)
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        share_promptly()
        listener = Listener()
        listener.start(settings.DICOM_HOST, settings.DICOM_PORT, tls_context())
        over.wait()
        listener.stop()
