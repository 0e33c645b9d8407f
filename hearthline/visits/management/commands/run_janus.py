"""``manage run_janus``: become Janus with a closed configuration, or say why not."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from hearthline.visits.janus_configuration import JanusOptions, janus_configuration

NOTHING_TO_DO = 69  # the supervisor leaves a process alone that ends so
MISSING = (
    "Janus is not installed, so visits take four people at most, from browser to browser. "
    "Install it with: apt-get install janus"
)
NO_ADDRESS = (
    "This machine has no address besides loopback, which Janus never uses for media, so visits take four people at "
    "most. Name one in HEARTHLINE_JANUS_LISTEN."
)


class Command(BaseCommand):
    help = "Run the media server for visits with many people (Janus)."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the configuration where only we can read it, and replace this process by Janus."""
        if not settings.JANUS_PROGRAM:
            self.stderr.write(MISSING)
            sys.exit(NOTHING_TO_DO)
        if not settings.JANUS_LISTEN:
            self.stderr.write(NO_ADDRESS)
            sys.exit(NOTHING_TO_DO)
        directory: Path = settings.STATE_DIRECTORY / "janus"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in janus_configuration(options_from_settings()).items():
            path = directory / name
            path.touch(mode=0o600)
            path.write_text(text)
        command = ["janus", "-F", str(directory), "-C", str(directory / "janus.jcfg")]
        os.execv(settings.JANUS_PROGRAM, command)  # noqa: S606 - no shell is wanted


def options_from_settings() -> JanusOptions:
    """Return Janus' options as this installation sets them."""
    return JanusOptions(
        address=settings.JANUS_LISTEN,
        api_port=settings.JANUS_API_PORT,
        api_secret=settings.JANUS_API_SECRET,
        room_secret=settings.JANUS_ROOM_SECRET,
        external_address=settings.JANUS_EXTERNAL,
    )
