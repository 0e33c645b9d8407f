"""``manage run_mllp``: take results of laboratories by MLLP until told to stop."""

import asyncio
import signal
import ssl
import sys
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hearthline.hl7.door import answer
from hearthline.hl7.listener import Listener

NOTHING_TO_DO = 69  # the supervisor leaves a process alone that ends so
NO_PORT = "No laboratory is connected by MLLP: HEARTHLINE_MLLP_PORT is not set."
OPEN_WIRE = (
    "HEARTHLINE_MLLP_LISTEN is not this machine alone, so results would travel in the clear. Set "
    "HEARTHLINE_MLLP_CERTIFICATE, _PRIVATE_KEY and _CLIENT_CA, or listen on 127.0.0.1 behind a VPN's end."
)


class Command(BaseCommand):
    help = "Take results of laboratories (HL7 v2 by MLLP)."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Listen until SIGTERM or SIGINT."""
        if not settings.MLLP_PORT:
            self.stderr.write(NO_PORT)
            sys.exit(NOTHING_TO_DO)
        tls = tls_context()
        if tls is None and not ip_address(settings.MLLP_LISTEN).is_loopback:
            raise CommandError(OPEN_WIRE)
        asyncio.run(self._run(tls))

    async def _run(self, tls: ssl.SSLContext | None) -> None:
        allowed = [ip_network(part) for part in settings.MLLP_ALLOWED.split()]
        listener, stopping = Listener(answer, allowed, tls), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        port = await listener.start(settings.MLLP_LISTEN, settings.MLLP_PORT)
        self.stdout.write(f"listening on {settings.MLLP_LISTEN}:{port}")
        self.stdout.flush()
        await stopping.wait()
        await listener.stop()


def tls_context() -> ssl.SSLContext | None:
    """Return the TLS side of the listener, which asks for client certificates, or None without a certificate.

    Raises:
        CommandError: there is a certificate, and none to know clients by.
    """
    if not settings.MLLP_CERTIFICATE:
        return None
    if not settings.MLLP_CLIENT_CA:
        raise CommandError("Set HEARTHLINE_MLLP_CLIENT_CA: senders are known by their certificates.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=settings.MLLP_CLIENT_CA)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.MLLP_CERTIFICATE, settings.MLLP_PRIVATE_KEY or None)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
