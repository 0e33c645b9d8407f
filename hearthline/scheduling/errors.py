"""Why a booking could not be made or changed, in words for the person who tried."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class SchedulingError(Exception):
    """Something stands against what was asked; ``message`` says what happened and what to do."""

    message: str | Promise = _("This could not be done. Please try again.")

    def __str__(self) -> str:
        return str(self.message)


class SlotTakenError(SchedulingError):
    message = _("Someone else has just taken this time. Please choose another one.")


class SlotNotOfferedError(SchedulingError):
    message = _("This time is not offered any more. Please choose another one.")


class PatientBusyError(SchedulingError):
    message = _(
        "There is already an appointment at this time. Choose another time, or move the other appointment."
    )


class HoldExpiredError(SchedulingError):
    message = _("The time was kept for 10 minutes and has been given back. Please choose a time again.")


class NotLicensedError(SchedulingError):
    message = _(
        "This clinician may not treat people who are in that place. Choose another clinician, or call the clinic."
    )


class NotBookableError(SchedulingError):
    message = _("This visit cannot be booked here. Please call the clinic.")


class NeedsHelpNowError(SchedulingError):
    message = _("Your answers mean that you may need help now. An appointment is not the right way.")


class AnswersMissingError(SchedulingError):
    message = _("Some questions are not answered yet. Please answer them first.")


class ChangeNotAllowedError(SchedulingError):
    message = _("This appointment has changed in the meantime, so this is not possible any more.")


class TooLateError(SchedulingError):
    message = _("The appointment has already begun. Please call the clinic.")


class TooEarlyError(SchedulingError):
    message = _("The appointment has not begun yet, so nobody has missed it.")


class TooManyHoldsError(SchedulingError):
    message = _("Many people are booking right now. Please sign in, or try again in some minutes.")


class NothingWaitingError(SchedulingError):
    message = _("Nobody is waiting in this line.")


class AlreadyWaitingError(SchedulingError):
    message = _("This person is already waiting.")


class LineClosedError(SchedulingError):
    message = _("Nobody sees people without a booking right now.")


class LineFullError(SchedulingError):
    message = _("Too many people are waiting now. We might not get to you today.")


class NobodyLicensedThereError(SchedulingError):
    message = _("Nobody who is here now may treat people who are in that place.")


class HasVisitNowError(SchedulingError):
    message = _("You have a booked visit now, or very soon. Please go to that visit.")


class CallsNotWantedError(SchedulingError):
    message = _(
        "You asked us not to call, or not at this hour. Please stay on this page, or call the clinic."
    )


class NoTimeBeforeNextError(SchedulingError):
    message = _("Your next appointment begins too soon to call someone now.")
