"""The questions of joining the line that differ from those of a booking."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.directory.choices import TelephoneField
from hearthline.scheduling.booking_forms import HowForm, ServiceForm, WhereForm
from hearthline.scheduling.models import Mode, Service
from hearthline.scheduling.services.own_line import FROM_AFAR, list_open_lines
from hearthline.tenancy.models import Organization


class LineServiceForm(ServiceForm):
    """What for, among the lines that are open now?"""

    def list_services(self) -> Iterable[Service]:
        """Only what somebody attends now."""
        return list_open_lines(self.actor, self.draft)


class LineWhereForm(WhereForm):
    """Where are you now? No time zone: nothing here is about a clock."""

    title = _("Where are you now?")

    def prepare(self) -> None:
        """Ask for the place only."""
        super().prepare()
        del self.fields["zone"]


class LineHowForm(HowForm):
    """By video, telephone or voice; whoever is at the clinic speaks to the desk."""

    def prepare(self) -> None:
        """List the ways from afar."""
        super().prepare()
        choices = [
            (value, label)
            for value, label in Mode.choices
            if value in self.draft.service.modes and value in FROM_AFAR
        ]
        self.fields["mode"].choices = choices  # type: ignore[attr-defined]


class NumberForm(forms.Form):
    """Which number may we call?"""

    call_back_number = TelephoneField(
        label=_("Which number can we call?"),
        help_text=_("A phone that is with you while you wait. Write it with the area code."),
    )

    def __init__(self, data: Any, *, number: str, organization: Organization) -> None:
        super().__init__(data, initial={"call_back_number": number})
        self.fields["call_back_number"].region = organization.jurisdiction[:2]  # type: ignore[attr-defined]
