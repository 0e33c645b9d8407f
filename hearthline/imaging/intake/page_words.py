"""What the photo pages' scripts say."""

from django.utils.translation import gettext as _

from hearthline.imaging.intake.choices import Finding


def page_words() -> dict[str, object]:
    """Return the sentences, in the reader's language."""
    return {
        "states": {
            "waiting": _("Waiting"),
            "sending": _("Being sent"),
            "paused": _("Paused"),
            "arrived": _("Arrived, being checked"),
            "accepted": _("Checked and kept"),
            "refused": _("Not taken"),
        },
        "findings": {finding.value: str(finding.label) for finding in Finding},
        "look": _("Look at the photo again:"),
        "problems": {
            "offline": _("No network. Your photos wait here, locked, and are sent when you are back."),
            "signed-out": _(
                "You are signed out. Sign in again; your photos wait here and go on from where they were."
            ),
            "refused": _("The clinic did not take it. Load the page again."),
            "full": _("This device has no room to keep photos. They are sent now: keep this page open."),
            "not-kept": _("This browser may clear waiting photos when it needs room. Send them soon."),
            "shared": _(
                "This is a shared device. Photos are not kept on it: keep this page open until they arrive."
            ),
            "disk": _("The clinic cannot take more just now. Your photos wait here."),
            "saver": _("Data saver is on. Press “Send now” when you want to use your data."),
        },
        "waiting": _("%(count)s waiting, %(size)s MB"),
        "nothing": _("Nothing is waiting. All of it has arrived."),
        "pause": _("Pause"),
        "go": _("Send now"),
        "text": _("Your words"),
        "photo": _("Photo"),
    }
