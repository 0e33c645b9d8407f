"""Why something about protocols is refused; each has a code for machines and words for people."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "not_allowed": _("Your role may not do this."),
    "not_a_prescriber": _("Only a physician or specialist of this clinic may approve a protocol."),
    "not_a_draft": _("This version is no longer a draft. Write a new one."),
    "not_active": _("This version is not in use."),
    "no_reason": _("Write why, so that others can judge it later."),
    "running": _("Another protocol runs for this case. Finish or leave it first."),
    "over": _("This protocol is over. Look at the case again."),
    "no_step": _("This protocol has no such step. Look at the case again."),
    "closed": _("This case is closed. Nothing can be started or noted in it."),
}


class ProtocolRefusedError(Exception):
    """A refusal that the person is told about; nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def words(self) -> str:
        """What happened and what to do, in the person's language."""
        return str(WORDS[self.code])
