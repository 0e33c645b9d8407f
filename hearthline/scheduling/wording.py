"""Values of an appointment as people read them."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hearthline.directory.places import language_name
from hearthline.scheduling.models import Requirement


def requirement_words(requirement: Requirement) -> str:
    """Return what has to be there: "Interpreter: Vietnamese, a woman, if possible Linh Tran"."""
    words = str(requirement.get_kind_display())
    details = [language_name(requirement.language)] if requirement.language else []
    if requirement.gender:
        genders = {"woman": pgettext("interpreter", "a woman"), "man": pgettext("interpreter", "a man")}
        details.append(genders[requirement.gender])
    if requirement.name:
        details.append(_("if possible %(name)s") % {"name": requirement.name})
    return _("%(what)s: %(details)s") % {"what": words, "details": ", ".join(details)} if details else words
