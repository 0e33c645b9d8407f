"""Why something about a visit is refused; each has a code for machines and words for people."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "closed": _("This visit is over. If you still need help, book another one or call the clinic."),
    "too_early": _("It is too early to come in. The waiting room opens 30 minutes before your visit."),
    "too_late": _("The time for this visit is over. Book another one or call the clinic."),
    "removed": _("You were taken out of this visit. Call the clinic if you think that is a mistake."),
    "stale": _("This visit is open in another tab or on another device."),
    "not_admitted": _("The clinician has not let you in yet."),
    "not_here": _("This person is not here at the moment."),
    "full": _("This visit already has as many people as it can carry."),
    "locked": _("The clinician has closed the room to newcomers."),
    "locked_by_host": _("You have closed the room to newcomers. Open it, then ask them in."),
    "telephone_form": _("Write who is asked in, and their number with its area code."),
    "host_only": _("Another clinician leads this visit. Ask them, or wait until they hand it over."),
    "not_clinician": _("Only a clinician who is in the visit can lead it."),
    "agreement": _("An observer comes in when the patient is here and has agreed. Ask the patient first."),
    "apart": _("The clinicians speak apart at the moment. Nothing goes from one room to the other."),
    "shared": _("Somebody else shows their screen. When they stop, you can show yours."),
    "nobody_aside": _("There is no other clinician in the visit to speak with apart."),
    "observer": _("You are here to watch. You cannot send anything."),
    "not_licensed": _("The clinician has no licence for the place where you are now."),
    "identity": _("That does not match what we have. Check it and try again."),
    "identity_limit": _("We could not match your details. Come in: the clinician will ask you in person."),
    "invitation_form": _("Write the guest's name and choose in what part they come."),
    "colleague_form": _("Choose the clinician whom you want to ask in."),
    "photo_consent": _("Nobody has agreed to photos yet. Ask the patient, and note that they agree."),
    "still_place": _("Say what the camera is, where on the body it looks, and on which side."),
    "still_wish": _("This person shows no examination camera at the moment."),
    "too_many_stills": _("This visit has as many stills as it takes. Remove one first."),
    "picture": _("This picture could not be taken in. Take it again."),
    "no_picture": _("This cannot be shown to all. Share a picture or a PDF."),
    "board_taken": _("Somebody else shows a picture. When they close it, you can show yours."),
    "board_theirs": _("Only who shows the picture may do that."),
    "board_over": _("The picture is no longer shown."),
    "board_full": _("There is no room for more marks. Take some away first."),
    "no_file": _("Choose a file first."),
    "too_many_photos": _("You have sent as many photos as this visit takes. Remove one first."),
    "prepare_first": _("Some questions have to be answered before you come in."),
    "too_many": _("Too many attempts. Wait a minute, then try again."),
    "not_allowed": _("Only the clinician of this visit may do that."),
    "no_telephone": _("This clinic cannot bring a telephone into a visit yet. Call the number by hand."),
    "group_telephone": _("A telephone cannot join while more than four people are in the visit."),
    "no_number": _("There is no number that the patient gave us to be called on."),
    "no_way": _("There is no way by which this person agreed to be reached like that. Try another."),
    "runs": _("The visit goes on already. Help from its room."),
    "asked_already": _("Somebody asked for this already. It is under “Requests”."),
    "calling": _("This person is being called already."),
    "interpreter_number": _("Give the number at which the interpreter is called."),
    "interpreter_unnamed": _("Give the interpreter's name or number."),
    "interpreter_over": _("This request is not open any more."),
    "interpreter_taken": _("Another interpreter was first. You are not needed for this visit; thank you."),
    "invitation": _("This link does not work any more. Ask the clinic for a new one."),
}


class VisitRefusedError(Exception):
    """A refusal that the person is told about; nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def words(self) -> str:
        """What happened and what to do, in the person's language."""
        return str(WORDS[self.code])
