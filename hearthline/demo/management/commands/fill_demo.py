from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hearthline.demo.calendar import fill_calendar
from hearthline.demo.clinic import build_clinic, build_neighbour
from hearthline.demo.consults import fill_consults, share_records
from hearthline.demo.conversation import fill_conversations
from hearthline.demo.credentials import Credentials
from hearthline.demo.homes.fill import fill_homes
from hearthline.demo.images import fill_images
from hearthline.demo.laboratory import fill_laboratory
from hearthline.demo.population import fill_charts, register_population
from hearthline.demo.withings.fill import link_account


class Command(BaseCommand):
    """Fill the demo organization, or bring it up to today. What is there already stays."""

    help = "Fill the demo organization with invented people, or bring it up to today."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step; each adds only what is missing."""
        if not settings.IS_DEMO:
            message = "Demo data are for the demo's settings only. Nothing was changed."
            raise CommandError(message)
        credentials = Credentials.load()
        self.stdout.write("  staff, services and hours")
        clinic = build_clinic(credentials)
        neighbour = build_neighbour(credentials)
        self.stdout.write("  patients")
        patients = register_population(clinic, credentials)
        fill_charts(clinic, patients)
        fill_conversations(clinic, patients)
        self.stdout.write("  questions to specialists")
        fill_consults(clinic, neighbour, patients)
        self.stdout.write("  appointments, notes and summaries")
        made = fill_calendar(clinic, patients)
        self.stdout.write("  results of the laboratory")
        fill_laboratory(clinic, patients)
        self.stdout.write("  people who measure at home")
        values = fill_homes(clinic, patients)
        link_account(clinic, patients[0])
        self.stdout.write("  images of phantoms")
        fill_images(clinic, patients)
        share_records(clinic, neighbour)
        credentials.save()
        self.stdout.write(
            f"  {len(patients)} patients, {made} new appointments, {values} new values from home"
        )
