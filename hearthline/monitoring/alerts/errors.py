"""Why something about rules, alerts and cases is refused; each has a code for machines and words for people."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "taken": _("Someone else has taken this case. Ask them, or choose another one."),
    "closed": _("This case is closed. Open the person's page to see what came after."),
    "not_yours": _("Take the case first, then you can do this."),
    "no_comment": _("Write what you found and did. The next person reads it."),
    "still_open": _(
        "Values are still beyond the limit. Snooze the alert if you want to be told again later."
    ),
    "too_long": _("That is longer than allowed. Choose an earlier end."),
    "in_the_past": _("The end has to be later than now."),
    "not_a_prescriber": _("Only a physician or specialist of this clinic may approve a rule."),
    "not_a_draft": _("This version is no longer a draft. Write a new one."),
    "not_active": _("This version is not active."),
    "not_scored": _("NEWS2 is ordered for one person of 16 years or more, never for everybody."),
    "no_reason": _("Write why, so that others can judge it later."),
    "overlap": _("Someone else is on call at that time. Change the hours."),
    "line_again": _("This person has the same hours already."),
    "many_lines": _("There are as many lines as fit. Remove some that are over."),
    "not_on_call": _("Choose somebody of the care team with an account that works."),
    "ladder_start": _("The first step has to come at once, at 0 minutes, and a breach has to follow."),
    "ladder_order": _("Each step has to come later than the one before."),
    "ladder_end": _("The last step, and only the last, has to be the breach that everybody sees."),
    "ladder_late": _("The breach would come too late for cases this bad. Choose fewer minutes."),
    "not_allowed": _("Your role may not do this."),
}


class AlertRefusedError(Exception):
    """A refusal that the person is told about; nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def words(self) -> str:
        """What happened and what to do, in the person's language."""
        return str(WORDS[self.code])
