"""``manage run_turn``: become coturn with a hardened configuration, or say why not."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hearthline.visits.turn import CoturnOptions, coturn_configuration

NOTHING_TO_DO = 69  # the supervisor leaves a process alone that ends so
PORTS_ON_ONE_MACHINE = (49160, 49300)
MISSING = (
    "coturn is not installed, so there is no relay. Calls go directly from browser to browser, which fails between "
    "some networks. Install it with: apt-get install coturn"
)


class Command(BaseCommand):
    help = "Run the media relay (coturn)."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the configuration where only we can read it, and replace this process by coturn."""
        if not settings.TURN_PROGRAM:
            self.stderr.write(MISSING)
            sys.exit(NOTHING_TO_DO)
        if settings.TURN_ALLOWS_LOOPBACK and not (settings.IS_DEMO or settings.IS_TEST):
            raise CommandError("Loopback peers are for the demo and tests only. Unset TURN_ALLOWS_LOOPBACK.")
        directory = settings.STATE_DIRECTORY / "turn"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / "turnserver.conf"
        path.touch(mode=0o600)
        path.write_text(coturn_configuration(options_from_settings()))
        os.execv(settings.TURN_PROGRAM, ["turnserver", "-c", str(path)])  # noqa: S606 - no shell is wanted


def options_from_settings() -> CoturnOptions:
    """Return coturn's options as this installation sets them."""
    return CoturnOptions(
        address=settings.TURN_LISTEN,
        secret=settings.TURN_SECRET,
        realm=settings.TURN_REALM,
        relay_address=settings.TURN_RELAY_ADDRESS,
        media_server=settings.JANUS_EXTERNAL or settings.JANUS_LISTEN,
        port=settings.TURN_PORT,
        tls_port=settings.TURN_TLS_PORT,
        port_range=PORTS_ON_ONE_MACHINE if settings.TURN_ALLOWS_LOOPBACK else (49152, 65535),
        external_address=settings.TURN_EXTERNAL,
        certificate=settings.TURN_CERTIFICATE,
        private_key=settings.TURN_PRIVATE_KEY,
        previous_secret=settings.TURN_PREVIOUS_SECRET,
        pid_file=settings.STATE_DIRECTORY / "turn" / "turnserver.pid",
        allows_loopback=settings.TURN_ALLOWS_LOOPBACK,
    )
