"""Install OHIF's viewer for those who read images: ``./run manage install_ohif [--file PACKAGE]``."""

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hearthline.imaging.dicom import ohif


class Command(BaseCommand):
    help = f"Fetch and install {ohif.PACKAGE} {ohif.VERSION} ({ohif.LICENCE}), about 50 MB to fetch."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the network is closed, the package is brought along."""
        parser.add_argument("--file", type=Path, help="the package, fetched elsewhere (.tgz)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Fetch, verify, install; what was there of this version is replaced."""
        try:
            with tempfile.TemporaryDirectory() as place:
                ohif.install(options["file"] or ohif.fetch(Path(place)))
        except (ohif.RefusedPackageError, OSError) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"OHIF {ohif.VERSION} is installed in {ohif.directory()}.")
