"""Values of the directory as people read them."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hearthline.directory import rules
from hearthline.directory.models import Patient
from hearthline.directory.places import language_name


def age_words(age: rules.Age) -> str:
    """Return an age in words, for example "42 years"."""
    number = age.number
    if age.unit == "days":
        return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}
    if age.unit == "months":
        return ngettext("%(number)d month", "%(number)d months", number) % {"number": number}
    return ngettext("%(number)d year", "%(number)d years", number) % {"number": number}


def interpreter_words(patient: Patient) -> str:
    """Return which interpreter a patient needs, or nothing."""
    if not patient.needs_interpreter:
        return ""
    return _("Interpreter: %(language)s") % {"language": language_name(patient.interpreter_language)}
