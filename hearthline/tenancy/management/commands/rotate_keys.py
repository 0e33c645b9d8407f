from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hearthline.foundation.crypto import key_store
from hearthline.foundation.crypto.rotation import reseal
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization


class Command(BaseCommand):
    help = "Give organizations a new key and seal their columns with it (login: owner). Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="+", metavar="ORGANIZATION", help="its short name in addresses")
        parser.add_argument(
            "--only-reseal", action="store_true", help="finish an earlier run: make no new key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = list(Organization.objects.filter(slug__in=options["slugs"]))
        unknown = set(options["slugs"]) - {organization.slug for organization in organizations}
        if unknown:
            message = f"There is no organization {', '.join(sorted(unknown))}."
            raise CommandError(message)
        for organization in organizations:
            if not options["only_reseal"]:
                key_store().rotate(organization.pk)
            with acting_in(organization.pk):
                count = reseal(organization.pk)
            self.stdout.write(f"{organization.slug}: {count} values sealed anew")
