"""The words of a visit: what each state, part and cause is called, once, for tables, rules and pages."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class VisitState(TextChoices):
    """Where a visit stands; ``rules.TRANSITIONS`` says what may follow what."""

    PLANNED = "planned", _("Planned")
    PREPARING = "preparing", _("Getting ready")
    WAITING = "waiting", _("In the waiting room")
    IN_PROGRESS = "in_progress", _("In progress")
    ENDED = "ended", _("Ended")
    ABANDONED = "abandoned", _("Did not take place")
    CANCELLED = "cancelled", _("Cancelled")


class ParticipantRole(TextChoices):
    """In what part somebody takes part."""

    PATIENT = "patient", _("Patient")
    CAREGIVER = "caregiver", _("Caregiver")
    CLINICIAN = "clinician", _("Clinician")
    INTERPRETER = "interpreter", _("Interpreter")
    FAMILY = "family", _("Family or friend")
    ATTENDANT = "attendant", _("Hub attendant")
    OBSERVER = "observer", _("Observer")


class ExaminationDevice(TextChoices):
    """What a second camera of a visit is: the picture of it is shown instead of its person's own."""

    OTOSCOPE = "otoscope", _("Otoscope")
    DERMATOSCOPE = "dermatoscope", _("Dermatoscope")
    OPHTHALMOSCOPE = "ophthalmoscope", _("Ophthalmoscope")
    THROAT = "throat", _("Throat camera")
    OTHER = "other", _("Another camera")


class InterpreterState(TextChoices):
    """What became of a request to an interpreter; ``rules.INTERPRETER_TRANSITIONS`` says what may follow what."""

    REQUESTED = "requested", _("Asked")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REPLACED = "replaced", _("Replaced")


class InterpreterChannel(TextChoices):
    """How an interpreter takes part."""

    LINK = "link", _("By a link")
    TELEPHONE = "telephone", _("By telephone")


class ParticipantState(TextChoices):
    """Whether somebody may hear and see the others. Presence is told apart, by an open join."""

    OUTSIDE = "outside", _("Not here")
    WAITING = "waiting", _("Waiting")
    ADMITTED = "admitted", _("In the visit")
    REMOVED = "removed", _("Removed")


class Modality(TextChoices):
    """In which way somebody takes part during one stretch of a visit."""

    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Voice only")
    PHONE = "phone", _("Telephone")
    TEXT = "text", _("Text")


class SegmentCause(TextChoices):
    """Why a segment began or ended."""

    ADMITTED = "admitted", _("Admitted")
    CHOSEN = "chosen", _("Changed by the person")
    RETURNED = "returned", _("Came back")
    LEFT = "left", _("Left")
    LOST = "lost", _("Connection lost")
    PUT_BACK = "put_back", _("Put back into the waiting room")
    REMOVED = "removed", _("Removed")
    MOVED = "moved", _("Moved to another tab or device")
    SIGNED_OUT = "signed_out", _("Signed out")
    ENDED = "ended", _("Visit ended")
    LINK = "link", _("Connection too weak")
    CLEARED = "cleared", _("Connection good again")
    NO_CAMERA = "no_camera", _("No camera")
    AGREED = "agreed", _("Agreed beforehand")
    DIALLED = "dialled", _("Dialled in")
    CALLED = "called", _("Called by the clinic")
    HUNG_UP = "hung_up", _("Hung up")
    ASIDE = "aside", _("Spoke apart with other clinicians")


class WithoutVideo(TextChoices):
    """Why a stretch was held without video: what payers and the chart ask for."""

    LINK = "link", _("The connection was too weak for video")
    NO_CAMERA = "no_camera", _("The patient has no camera that works")
    PATIENT = "patient", _("The patient chose it")
    CLINICIAN = "clinician", _("The clinician chose it")
    AGREED = "agreed", _("It was booked that way")
    UNKNOWN = "", _("Nobody said why")


class Rung(TextChoices):
    """How much of picture and sound a browser sends; ``static/visits/ladder-rules.js`` decides."""

    FULL = "full", _("Full picture")
    LOW = "low", _("Smaller picture")
    MINIMAL = "minimal", _("Smallest picture")
    AUDIO = "audio", _("Voice only")
    FLOOR = "floor", _("Voice in its smallest form")
    TEXT = "text", _("Text")


class ConnectionFault(TextChoices):
    """The kinds of technical failure of a visit, from the person's side to the network's."""

    PERMISSION = "permission", _("Camera or microphone not allowed")
    DEVICE = "device", _("Camera or microphone missing or busy")
    SIGNALLING = "signalling", _("The clinic could not be reached")
    ICE = "ice", _("The connection between the two broke")
    TURN = "turn", _("The relay could not be reached")
    STALL = "stall", _("Connected, but no sound came")


class EndReason(TextChoices):
    """How the clinician says a visit came out."""

    COMPLETED = "completed", _("Completed")
    INCOMPLETE = "incomplete", _("Broken off: to be continued")
    IN_PERSON = "in_person", _("Must be seen in person")
    EMERGENCY = "emergency", _("Handed over to emergency services")


class DeviceState(TextChoices):
    """What the device check found for a camera, microphone, speaker or network."""

    OK = "ok", _("Works")
    DENIED = "denied", _("Permission denied")
    MISSING = "missing", _("Not found")
    BUSY = "busy", _("Used by another program")
    UNSUPPORTED = "unsupported", _("Not possible in this browser")
    WEAK = "weak", _("Weak")
    FAILED = "failed", _("Does not work")
    UNKNOWN = "unknown", _("Not checked")


class QueueKind(TextChoices):
    """What happened to a patient around the waiting room."""

    ARRIVED = "arrived", _("Arrived")
    LEFT_TO_BE_CALLED = "left_to_be_called", _("Left, wants to be called")
    CALLED = "called", _("Was called back")
    RETURNED = "returned", _("Came back")
    GONE = "gone", _("Connection lost while waiting")
    ADMITTED = "admitted", _("Admitted")
    PUT_BACK = "put_back", _("Put back")
    REMOVED = "removed", _("Removed")


class TechnologyFault(TextChoices):
    """Named faults that a person can report after a visit."""

    NO_SOUND = "no_sound", _("I could not hear")
    NOT_HEARD = "not_heard", _("They could not hear me")
    NO_PICTURE = "no_picture", _("No picture")
    FROZEN = "frozen", _("The picture froze")
    ECHO = "echo", _("Echo or noise")
    DELAY = "delay", _("Long delay")
    DROPPED = "dropped", _("The call broke off")
    HARD_TO_JOIN = "hard_to_join", _("It was hard to get in")


class Question(TextChoices):
    """The questions of preparation, in their order."""

    REASON = "reason", _("Reason for the visit")
    SYMPTOMS = "symptoms", _("Questions about your health")
    MEDICINES = "medicines", _("Your medicines")
    PHOTOS = "photos", _("Photos")
    CONSENT = "consent", _("Consent")
    LOCATION = "location", _("Where you are now")
    COMPANY = "company", _("Who is with you")


class Window(TextChoices):
    """How far ahead a visit is, as the rescue desk looks at it: each visit stands in exactly one."""

    NOW = "now", _("Now")
    MINUTES = "10min", _("In 10 minutes")
    HOURS = "2h", _("In 2 hours")
    DAY = "24h", _("In 24 hours")
    TWO_DAYS = "48h", _("In 48 hours")


class Help(TextChoices):
    """What the desk can do for a visit that may fail."""

    CALL = "call", _("Have them called")
    SPOKE = "spoke", _("Spoke with them")
    TELEPHONE = "telephone", _("Hold it by telephone")
    SEND = "send", _("Send help to get ready")
    PRACTICE = "practice", _("Practise the call")
    HUB_ROOM = "hub_room", _("Ask for a hub room")
    LOANER = "loaner", _("Ask for a loaner")
    BOOK = "book", _("Look at the booking")


class RequestEnd(TextChoices):
    """How a request of the desk ended."""

    DONE = "done", _("Done")
    NOT_POSSIBLE = "not_possible", _("Not possible")
    NOT_NEEDED = "not_needed", _("No longer needed")


class Outcome(TextChoices):
    """How a visit was held in the end, for measuring the ranking."""

    HELD = "held", _("Held as planned")
    VOICE = "voice", _("Fell to voice")
    TELEPHONE = "telephone", _("Fell to the telephone")
    MISSED = "missed", _("Missed")
