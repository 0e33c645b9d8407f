"""``manage set_dial_in_number``: say by which number of the trunk an organization's patients dial in."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from hearthline.identity.actor import Actor
from hearthline.telephony.administration import set_dial_in_number
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization


class Command(BaseCommand):
    help = "Set the number by which an organization's patients dial into their visits; an empty one takes it away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the organization and its number."""
        parser.add_argument("organization", help="the organization's short name (slug)")
        parser.add_argument("number", help="with its country: +15125550100")

    def handle(self, *_args: Any, organization: str, number: str, **_options: Any) -> None:
        """Check and keep the number."""
        found = Organization.objects.filter(slug=organization).first()
        if found is None:
            raise CommandError(f"There is no organization {organization}.")
        actor = Actor.system(found.pk, "set_dial_in_number")
        with acting_in(found.pk):
            try:
                set_dial_in_number(actor, organization=found, number=number)
            except ValidationError as error:
                raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(f"{found.name}: {number or 'no number'}")
