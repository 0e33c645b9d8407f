"""Why something cannot be done with a case now, in a sentence for the person who tried."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: Mapping[str, str | Promise] = {
    "moved_on": _("The case has moved on meanwhile. Look at it again."),
    "no_reason": _("Say why. Others read it."),
    "not_clear": _("This must not wait for an answer. Follow what the page says."),
    "not_told": _("Tell the patient first, and note who did."),
    "missing_facts": _("Answer every question that is marked as needed."),
    "no_question": _("Write the question."),
    "duplicate": _(
        "There is an open case about this already. Write to that one, or say why this is another matter."
    ),
    "desk_closed": _("This specialty takes no cases now."),
    "not_yours": _("Only the person who has the case can do that."),
    "obstacle": _("Something speaks against this person. Say why all the same, or choose another."),
    "conflict": _("This person has a conflict of interest and cannot read the case."),
    "no_agreement": _("There is no agreement in force with this organization for this specialty."),
    "no_sharing": _("The patient withdrew their consent to share the record. Ask within your organization."),
    "empty_answer": _("Write an assessment and a plan first."),
    "stale": _("The draft was changed in another window. Both texts are kept; look at it again."),
    "no_discrepancy": _("Say how this differs from the preliminary answer."),
    "six_facts": _("Record all six facts: what, when found, who told, who was told, when and how."),
    "read_back": _("Write in your own words what you understood."),
    "minutes": _("More minutes than the stretch was long. Enter fewer."),
    "already": _("This was done already."),
}


class CaseRefusedError(ValueError):
    """The case does not allow it; ``words`` say why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def words(self) -> str:
        """The sentence for the person."""
        return str(SENTENCES[self.code])
