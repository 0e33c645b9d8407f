"""Invented people and values for the living page; nothing here is read from the database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django import forms
from django.core.paginator import Page, Paginator
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

ZONE: Final = "America/Chicago"
NOW: Final = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
READINGS: Final = (142, 138, 135, 139, 131, 128, 126)
USUAL_RANGE: Final = (110, 135)
REASON_LENGTH = 500


@dataclass(frozen=True)
class Organization:
    """A clinic as the page frame sees one."""

    name: str = "Cedar Valley Clinic"
    telephone: str = "+15125550142"
    emergency_number: str = "911"


@dataclass(frozen=True)
class Person:
    """Somebody signed in, as the page frame sees them."""

    name: str


@dataclass(frozen=True)
class Task:
    """A line of the task list."""

    label: str
    state: str
    kind: str
    url: str = "#main"
    hint: str = ""


@dataclass(frozen=True)
class Happening:
    """A line of the timeline."""

    at: datetime
    text: str
    by: str = ""
    is_now: bool = False


class SampleForm(forms.Form):
    """Every kind of field once."""

    reason = forms.CharField(
        label=_("What would you like to talk about?"),
        help_text=_("A few words are enough."),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    telephone = forms.CharField(
        label=_("Telephone for calling you back"),
        help_text=_("We call it if the video stops."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    place = forms.ChoiceField(
        label=_("Where are you now?"),
        choices=[("home", _("At home")), ("work", _("At work")), ("other", _("Somewhere else"))],
        widget=forms.RadioSelect,
    )
    symptoms = forms.MultipleChoiceField(
        label=_("What do you feel today?"),
        help_text=_("Choose all that fit."),
        choices=[("dizzy", _("Dizzy")), ("tired", _("Tired")), ("none", _("Nothing of this"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    language = forms.ChoiceField(
        label=_("Language for the visit"), choices=[("en", _("English")), ("es", _("Spanish"))]
    )
    measured_on = forms.DateField(
        label=_("Day of the reading"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    photo = forms.FileField(label=_("A photo"), help_text=_("JPEG or PNG, up to 10 MB."), required=False)
    consent = forms.BooleanField(
        label=_("I agree to a video visit"), help_text=_("You can stop at any time.")
    )


class QuestionForm(forms.Form):
    """One question a page."""

    place = forms.ChoiceField(
        label=_("Where are you now?"),
        help_text=_("We ask each time, so that help finds you if you need it."),
        choices=SampleForm.base_fields["place"].choices,  # type: ignore[attr-defined]
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where you are now.")},
    )


def tasks() -> list[Task]:
    """Return what a patient does before a visit."""
    return [
        Task(gettext("Say why you come"), gettext("Done"), "ok"),
        Task(gettext("Check camera and sound"), gettext("Done"), "ok"),
        Task(gettext("Your medicines"), gettext("Not started"), "info", hint=gettext("About 2 minutes")),
    ]


def happenings() -> list[Happening]:
    """Return what happened around a visit."""
    return [
        Happening(NOW.replace(hour=14), gettext("Visit booked"), "Rosa Delgado"),
        Happening(NOW.replace(hour=20, minute=24), gettext("Came to the waiting room"), "Rosa Delgado"),
        Happening(NOW, gettext("Video visit"), "Dr. Amara Osei", is_now=True),
    ]


def readings() -> list[tuple[str, float]]:
    """Return a small series for the trend line."""
    return [
        (pgettext("reading", "Day %(day)s") % {"day": 1 + 3 * index}, value)
        for index, value in enumerate(READINGS)
    ]


def second_page() -> Page[int]:
    """Return a page in the middle of a list."""
    return Paginator(range(60), 20).page(2)
