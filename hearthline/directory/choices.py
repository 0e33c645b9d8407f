"""Form fields shared by the directory's forms."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hearthline.directory import names, places, rules
from hearthline.directory.models import Patient


class NameField(forms.CharField):
    """A name of any script: control and direction characters are left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": names.NAME_LENGTH, **kwargs})

    def clean(self, value: Any) -> str:
        """Return the name in its clean form."""
        return names.clean_name(super().clean(value) or "")


class DayField(forms.DateField):
    """A day, with the browser's own picker; typed as 1990-02-28 where there is none."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"input_formats": ["%Y-%m-%d", "%d/%m/%Y"], **kwargs})

    def clean(self, value: Any) -> date | None:
        """Return the day; years that no form means are refused here."""
        day: date | None = super().clean(value)
        if day is not None and not 1850 <= day.year <= 2200:
            raise ValidationError(_("Write the year with four digits, for example 1984."))
        return day


class TelephoneField(forms.CharField):
    """A telephone number; the service reads it as dialled where the organization is."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})

    def __init__(self, *, region: str = "US", **kwargs: Any) -> None:
        self.region = region
        super().__init__(**{"max_length": 32, **kwargs})

    def clean(self, value: Any) -> str:
        """Return the number as ``+`` and digits, or nothing."""
        typed = super().clean(value)
        if not typed:
            return ""
        normal = rules.normal_telephone(typed, self.region)
        if normal is None:
            raise ValidationError(_("Write a telephone number with its area code, for example 512 555 0100."))
        return normal


def language_field(**kwargs: Any) -> forms.ChoiceField:
    """Return a field to choose a spoken language."""
    return forms.ChoiceField(choices=places.language_choices, **kwargs)


def zone_field(**kwargs: Any) -> forms.ChoiceField:
    """Return a field to choose a time zone."""
    return forms.ChoiceField(choices=places.zone_choices, **kwargs)


def jurisdiction_field(**kwargs: Any) -> forms.ChoiceField:
    """Return a field to choose a state, province or country."""
    return forms.ChoiceField(choices=_jurisdictions, **kwargs)


def _jurisdictions() -> places.Choices:
    return [("", "—"), *places.jurisdiction_choices()]


def interpreter_language_field(**kwargs: Any) -> forms.ChoiceField:
    """Return a field to choose a spoken or signed language, or none."""
    return forms.ChoiceField(choices=_interpreter_languages, required=False, **kwargs)


def _interpreter_languages() -> places.Choices:
    return [("", "—"), *places.interpreter_language_choices()]


def interpreter_gender_field(**kwargs: Any) -> forms.ChoiceField:
    """Return a field to say whether a woman or a man should interpret."""
    return forms.ChoiceField(choices=_interpreter_genders, required=False, **kwargs)


def _interpreter_genders() -> places.Choices:
    return [("", str(_("Either"))), *((one.value, str(one.label)) for one in Patient.InterpreterGender)]


def several(choices: Any, **kwargs: Any) -> forms.MultipleChoiceField:
    """Return a field to tick any of the choices."""
    return forms.MultipleChoiceField(
        choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **kwargs
    )
