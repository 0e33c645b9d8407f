"""Forms by which a clinic sets its services, hours and exceptions."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models import Practitioner
from hearthline.scheduling.models import AvailabilityException, AvailabilityRule, Mode, Service
from hearthline.scheduling.red_flags import MAXIMUM_SERVICE_FLAGS, MAXIMUM_TEXT_LENGTH
from hearthline.scheduling.rules.times import get_instant
from hearthline.scheduling.rules.urgency import Urgency
from hearthline.tenancy.models import Site

NAME_LENGTH = 80
INSTRUCTION_LENGTH = 1000
LANGUAGES = [code for code, _name in settings.LANGUAGES]
MAXIMUM_EXCEPTION_DAYS = 400


class ServiceForm(forms.ModelForm[Service]):
    """A service, its words in each language, and who offers it."""

    modes = forms.MultipleChoiceField(
        label=_("Ways to have it"), choices=Mode.choices, widget=forms.CheckboxSelectMultiple
    )
    practitioners = forms.ModelMultipleChoiceField(
        label=_("Who offers it"),
        queryset=Practitioner.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    flags = forms.CharField(
        label=_("Red flags of this visit"),
        help_text=_("One a line: emergency or crisis, a colon, then English | Spanish | Arabic."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=MAXIMUM_SERVICE_FLAGS * MAXIMUM_TEXT_LENGTH * 4,
    )

    class Meta:
        model = Service
        fields = (
            "duration_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "step_minutes",
            "modes",
            "booked_by",
            "notice_minutes",
            "horizon_days",
            "needs_licence",
            "takes_walk_ins",
            "position",
            "is_active",
        )
        labels = {
            "duration_minutes": _("Minutes"),
            "buffer_before_minutes": _("Minutes kept free before"),
            "buffer_after_minutes": _("Minutes kept free after"),
            "step_minutes": _("A start every … minutes"),
            "booked_by": _("Who may book it"),
            "notice_minutes": _("Patients book at least … minutes ahead"),
            "horizon_days": _("Patients book at most … days ahead"),
            "needs_licence": _("Only clinicians with a licence where the patient is"),
            "takes_walk_ins": _("Has a line for people without an appointment"),
            "position": _("Place in the list"),
            "is_active": _("Can be booked"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        service = self.instance
        for code, name in settings.LANGUAGES:
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("Name, %(language)s") % {"language": name},
                max_length=NAME_LENGTH,
                required=code == "en",
                initial=service.names.get(code, ""),
            )
            self.fields[f"instruction_{code}"] = forms.CharField(
                label=_("What to prepare, %(language)s") % {"language": name},
                max_length=INSTRUCTION_LENGTH,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
                initial=service.instructions.get(code, ""),
            )
        active = Practitioner.objects.filter(is_active=True)
        self.fields["practitioners"].queryset = active  # type: ignore[attr-defined]
        self.fields["practitioners"].label_from_instance = lambda one: one.full_name  # type: ignore[attr-defined]
        if not service._state.adding:
            self.fields["practitioners"].initial = list(
                service.offers.values_list("practitioner_id", flat=True)
            )
        self.fields["flags"].initial = write_flags(service.red_flags)
        names = [f"name_{code}" for code in LANGUAGES]
        self.order_fields([*names, *self.base_fields])

    def clean_flags(self) -> list[dict[str, Any]]:
        """Read the red flags.

        Raises:
            ValidationError: a line cannot be read, or there are too many.
        """
        return read_flags(self.cleaned_data["flags"])

    def get_texts(self, prefix: str) -> dict[str, str]:
        """The words of each language that were filled in."""
        found = {code: self.cleaned_data[f"{prefix}_{code}"].strip() for code in LANGUAGES}
        return {code: text for code, text in found.items() if text}


def write_flags(flags: list[dict[str, Any]]) -> str:
    """Red flags as lines of text."""
    return "\n".join(
        f"{flag['urgency']}: " + " | ".join(flag["text"].get(code, "") for code in LANGUAGES)
        for flag in flags
    )


def read_flags(text: str) -> list[dict[str, Any]]:
    """Red flags from lines of text.

    Raises:
        ValidationError: a line cannot be read, or there are too many.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAXIMUM_SERVICE_FLAGS:
        raise ValidationError(_("Ask at most %(count)s questions.") % {"count": MAXIMUM_SERVICE_FLAGS})
    flags = []
    for number, line in enumerate(lines, 1):
        urgency, colon, words = line.partition(":")
        texts = [part.strip() for part in words.split("|")]
        is_known = urgency.strip() in (Urgency.EMERGENCY, Urgency.CRISIS)
        is_short = all(len(part) <= MAXIMUM_TEXT_LENGTH for part in texts) and len(texts) <= len(LANGUAGES)
        if not (colon and is_known and texts[0] and is_short):
            raise ValidationError(
                _(
                    "Line %(number)s cannot be read. Write for example: emergency: A stiff neck | Cuello rígido"
                )
                % {"number": number}
            )
        text_by_language = {code: part for code, part in zip(LANGUAGES, texts, strict=False) if part}
        flags.append({"code": f"flag_{number}", "urgency": urgency.strip(), "text": text_by_language})
    return flags


class HoursForm(forms.ModelForm[AvailabilityRule]):
    """One line of hours."""

    class Meta:
        model = AvailabilityRule
        fields = (
            "practitioner",
            "site",
            "service",
            "weekday",
            "starts",
            "ends",
            "valid_from",
            "valid_to",
            "every_weeks",
        )
        labels = {
            "practitioner": _("Who"),
            "site": _("Where; its time zone counts"),
            "service": _("Only for this visit"),
            "weekday": _("Day"),
            "starts": _("From"),
            "ends": _("To; earlier than “From” means the next morning"),
            "valid_from": _("First day"),
            "valid_to": _("Last day"),
            "every_weeks": _("Every … weeks"),
        }
        widgets = {
            "starts": forms.TimeInput(attrs={"type": "time"}),
            "ends": forms.TimeInput(attrs={"type": "time"}),
            "valid_from": forms.DateInput(attrs={"type": "date"}),
            "valid_to": forms.DateInput(attrs={"type": "date"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fill_people(self)
        self.fields["service"].queryset = Service.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse hours without length and days in the wrong order."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("starts") is not None and values.get("starts") == values.get("ends"):
            self.add_error("ends", _("The end has to differ from the start."))
        first, last = values.get("valid_from"), values.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("The last day has to be after the first."))
        return values


def fill_people(form: forms.ModelForm[Any]) -> None:
    """Offer this organization's practitioners and sites."""
    form.fields["practitioner"].queryset = Practitioner.objects.filter(is_active=True)  # type: ignore[attr-defined]
    form.fields["practitioner"].label_from_instance = lambda one: one.full_name  # type: ignore[attr-defined]
    form.fields["site"].queryset = Site.objects.filter(is_active=True)  # type: ignore[attr-defined]


class ExceptionForm(forms.ModelForm[AvailabilityException]):
    """Time off, a holiday, or extra hours, as the clock of the site shows it."""

    first_day = forms.DateField(label=_("From day"), widget=forms.DateInput(attrs={"type": "date"}))
    first_time = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}))
    last_day = forms.DateField(label=_("To day"), widget=forms.DateInput(attrs={"type": "date"}))
    last_time = forms.TimeField(label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}))

    class Meta:
        model = AvailabilityException
        fields = ("kind", "practitioner", "site", "reason")
        labels = {"kind": _("What"), "practitioner": _("Who"), "site": _("Where"), "reason": _("Why")}

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        fill_people(self)

    def clean(self) -> dict[str, Any]:
        """Turn wall-clock times into moments; refuse what belongs to nobody or lasts too long."""
        values: dict[str, Any] = super().clean() or {}
        site, person = values.get("site"), values.get("practitioner")
        if values.get("kind") == AvailabilityException.Kind.EXTRA and not (site and person):
            raise ValidationError(_("Extra hours need a clinician and a place."))
        if not (site or person):
            raise ValidationError(_("Choose a clinician, a place, or both."))
        parts = [values.get(name) for name in ("first_day", "first_time", "last_day", "last_time")]
        if any(part is None for part in parts):
            return values
        zone = ZoneInfo(site.zone if site else self.zone)
        first, last = values["first_day"], values["last_day"]
        if not _is_sane(first, last):
            raise ValidationError(_("Choose days that lie no more than a year apart, the first one first."))
        self.instance.starts_at = get_instant(first, values["first_time"], zone)
        self.instance.ends_at = get_instant(last, values["last_time"], zone)
        if self.instance.ends_at <= self.instance.starts_at:
            raise ValidationError(_("The end has to be after the start."))
        return values


def _is_sane(first: date, last: date) -> bool:
    is_near = abs(last.year - first.year) <= 2 and 2000 <= first.year < 2200
    return is_near and timedelta() <= last - first <= timedelta(days=MAXIMUM_EXCEPTION_DAYS)
