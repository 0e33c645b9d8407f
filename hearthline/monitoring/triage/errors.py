"""Why something about time is refused."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "not_allowed": _("Your role may not do this."),
    "not_yours": _("Only the person whose time it is may change it."),
    "attested": _("This time was confirmed and can no longer be changed."),
    "no_reason": _("Write why the time is changed."),
    "minutes": _("Write a number of minutes that is not longer than the time it took, and at most 30."),
    "overlap": _("You have time for another person in these minutes. Shorten it first."),
}


class TimeRefusedError(Exception):
    """A refusal that the person is told about; nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def words(self) -> str:
        """What happened and what to do, in the person's language."""
        return str(WORDS[self.code])
