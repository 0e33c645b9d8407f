"""Rules of a visit: pure functions over plain values; no database, clock or settings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from hearthline.visits.choices import (
    InterpreterState,
    Modality,
    ParticipantRole,
    ParticipantState,
    Question,
    SegmentCause,
    VisitState,
    WithoutVideo,
)

TRANSITIONS: dict[VisitState, frozenset[VisitState]] = {
    VisitState.PLANNED: frozenset(
        {
            VisitState.PREPARING,
            VisitState.WAITING,
            VisitState.IN_PROGRESS,
            VisitState.ABANDONED,
            VisitState.CANCELLED,
        }
    ),
    VisitState.PREPARING: frozenset(
        {VisitState.WAITING, VisitState.IN_PROGRESS, VisitState.ABANDONED, VisitState.CANCELLED}
    ),
    VisitState.WAITING: frozenset(
        {VisitState.PREPARING, VisitState.IN_PROGRESS, VisitState.ABANDONED, VisitState.CANCELLED}
    ),
    VisitState.IN_PROGRESS: frozenset({VisitState.ENDED}),
    VisitState.ENDED: frozenset(),
    VisitState.ABANDONED: frozenset(),
    VisitState.CANCELLED: frozenset(),
}
INTERPRETER_TRANSITIONS: dict[InterpreterState, frozenset[InterpreterState]] = {
    InterpreterState.REQUESTED: frozenset(
        {InterpreterState.ACCEPTED, InterpreterState.DECLINED, InterpreterState.WITHDRAWN}
    ),
    InterpreterState.ACCEPTED: frozenset(
        {InterpreterState.REPLACED, InterpreterState.DECLINED, InterpreterState.WITHDRAWN}
    ),
    InterpreterState.DECLINED: frozenset(),
    InterpreterState.WITHDRAWN: frozenset(),
    InterpreterState.REPLACED: frozenset(),
}
OPEN_STATES = frozenset(state for state, following in TRANSITIONS.items() if following)
DOOR_OPENS_BEFORE = timedelta(minutes=30)
DOOR_CLOSES_AFTER = timedelta(hours=4)
PRESENCE_GRACE = timedelta(seconds=20)
TYPICAL_MINUTES = 15
LATE_MINUTES_MOST = 180
TIME_TO_COME_IN = timedelta(minutes=2)  # called from the line, people first read and answer on their way in


def may_follow(before: VisitState, after: VisitState) -> bool:
    """Whether a visit may go from one state to another."""
    return after in TRANSITIONS[VisitState(before)]


def state_on_joining(
    role: ParticipantRole, before: ParticipantState, *, has_account: bool = True
) -> ParticipantState:
    """Return where somebody stands who opens the room: clinicians are in, everybody else waits to be admitted.

    A colleague who was rung up waits too: nobody has seen yet who took the call.

    Whoever was admitted stays so: a refreshed page or a changed network is not a reason to wait again.
    """
    if before in {ParticipantState.REMOVED, ParticipantState.ADMITTED}:
        return before
    if role == ParticipantRole.CLINICIAN and has_account:
        return ParticipantState.ADMITTED
    return ParticipantState.WAITING


@dataclass(frozen=True, slots=True)
class Readiness:
    """Who is there before a visit has begun, and what the patient wants."""

    state: VisitState
    modality: Modality
    starts_at: datetime
    is_walk_in: bool
    is_clinician_here: bool
    is_patient_here: bool
    has_been_here: bool
    wants_call: bool


def should_fetch(readiness: Readiness, at: datetime) -> bool:
    """Whether to tell the patient that the clinician is ready: only who has to come in and is not in the room.

    A clinician who looks into the room early waits for the agreed time; somebody who came and went away is
    fetched at once.
    """
    if readiness.state == VisitState.IN_PROGRESS or readiness.state not in OPEN_STATES:
        return False
    if readiness.wants_call or readiness.modality == Modality.PHONE:
        return False
    if readiness.is_patient_here or not readiness.is_clinician_here:
        return False
    pause = TIME_TO_COME_IN if readiness.is_walk_in else timedelta()
    return readiness.has_been_here or at >= readiness.starts_at + pause


def is_door_open(starts_at: datetime, ends_at: datetime, at: datetime) -> bool:
    """Whether the patient may come in: from half an hour before until four hours after the planned end."""
    return starts_at - DOOR_OPENS_BEFORE <= at <= ends_at + DOOR_CLOSES_AFTER


@dataclass(frozen=True)
class Estimate:
    """What the waiting room says about the wait. ``minutes`` None: nothing honest can be said."""

    place: int
    minutes: int | None
    is_late: bool


def estimate_wait(
    *,
    at: datetime,
    starts_at: datetime,
    ahead: int,
    typical_minutes: int = TYPICAL_MINUTES,
    current_started_at: datetime | None = None,
) -> Estimate:
    """Estimate the wait from who is ahead, the usual length of a visit and the one that is running now.

    The planned start is a lower bound: nobody is told a shorter wait than their appointment.
    """
    running = 0.0
    if current_started_at is not None:
        elapsed = (at - current_started_at).total_seconds() / 60
        running = max(2.0, typical_minutes - elapsed)
    until_start = max(0.0, (starts_at - at).total_seconds() / 60)
    minutes = max(running + ahead * typical_minutes, until_start)
    is_late = at > starts_at + timedelta(minutes=5)
    if minutes > LATE_MINUTES_MOST:
        return Estimate(place=ahead + 1, minutes=None, is_late=is_late)
    return Estimate(place=ahead + 1, minutes=round(minutes), is_late=is_late)


def next_question(answered: frozenset[str], after: Question | None = None) -> Question | None:
    """Return the first unanswered question after the one given, else the first unanswered, else None."""
    questions = list(Question)
    if after is not None:
        following = questions[questions.index(after) + 1 :]
        if following and following[0] not in answered:
            return following[0]
    return next((question for question in questions if question not in answered), None)


def previous_question(question: Question) -> Question | None:
    """Return the question before this one."""
    for before, current in pairwise(Question):
        if current == question:
            return before
    return None


DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
NEEDED_AT_THE_DOOR = frozenset({Question.CONSENT, Question.LOCATION})


def missing_at_the_door(answered: frozenset[str]) -> list[Question]:
    """Return what must be answered before coming in, even when preparation was skipped."""
    return [question for question in Question if question in NEEDED_AT_THE_DOOR - answered]


def sends_media(description: str) -> bool:
    """Whether a description (SDP) says that it sends sound or picture; without a direction it does (RFC 8866)."""
    head, *sections = description.replace("\r", "").split("\nm=")
    by_default = _direction(head) or "sendrecv"
    media = [one for one in sections if one.startswith(("audio ", "video "))]
    open_media = [one for one in media if one.split()[1] != "0"]  # port 0: the section is refused
    return any((_direction(one) or by_default) in {"sendrecv", "sendonly"} for one in open_media)


def _direction(section: str) -> str:
    lines = section.split("\n")
    return next((line[2:].strip() for line in lines if line[2:].strip() in DIRECTIONS), "")


@dataclass(frozen=True)
class Stretch:
    """A piece of time in one modality, and why it is that one; open while ``ended_at`` is None."""

    modality: Modality
    started_at: datetime
    ended_at: datetime | None
    cause: str = ""


@dataclass(frozen=True)
class Share:
    """A part of the time together: the weaker modality of the two sides, and why it was not video."""

    modality: Modality
    without_video: WithoutVideo = WithoutVideo.UNKNOWN


# From the richest to the poorest: two who take part differently share the poorer way of the two.
RICHEST_FIRST = (Modality.VIDEO, Modality.AUDIO, Modality.PHONE, Modality.TEXT)


def why_without_video(cause: str, *, is_patient_side: bool) -> WithoutVideo:
    """Return the reason that follows from what began a modality, and on whose side."""
    if cause in {SegmentCause.LINK, SegmentCause.LOST}:
        return WithoutVideo.LINK
    if cause == SegmentCause.AGREED:
        return WithoutVideo.AGREED
    if cause == SegmentCause.NO_CAMERA and is_patient_side:
        return WithoutVideo.NO_CAMERA
    if cause in {SegmentCause.CHOSEN, SegmentCause.DIALLED} and is_patient_side:
        return WithoutVideo.PATIENT
    if cause in {SegmentCause.CHOSEN, SegmentCause.CALLED, SegmentCause.NO_CAMERA}:
        return WithoutVideo.CLINICIAN
    return WithoutVideo.UNKNOWN


def shares_together(
    clinician: list[Stretch], patient: list[Stretch], *, until: datetime
) -> dict[Share, timedelta]:
    """Return for how long both sides took part together, each moment once, by what they shared in it.

    Of several people on a side the one who takes part most richly counts (a caregiver's picture is the patient's).
    """
    totals: dict[Share, timedelta] = {}
    stretches = [*clinician, *patient]
    edges = {min(edge, until) for one in stretches for edge in (one.started_at, one.ended_at or until)}
    for start, end in pairwise(sorted(edges)):
        ours, theirs = _richest(clinician, start, end, until), _richest(patient, start, end, until)
        if ours is not None and theirs is not None:
            share = _share(ours, theirs)
            totals[share] = totals.get(share, timedelta()) + (end - start)
    return totals


def own_time(stretches: list[Stretch], *, until: datetime) -> timedelta:
    """Return how long one person was in the visit, by any way; stretches of one person never overlap."""
    return sum((min(one.ended_at or until, until) - one.started_at for one in stretches), timedelta())


def _richest(stretches: list[Stretch], start: datetime, end: datetime, until: datetime) -> Stretch | None:
    during = [one for one in stretches if one.started_at <= start and (one.ended_at or until) >= end]
    return min(during, key=lambda one: RICHEST_FIRST.index(one.modality), default=None)


def _share(clinician: Stretch, patient: Stretch) -> Share:
    is_patients = RICHEST_FIRST.index(patient.modality) >= RICHEST_FIRST.index(clinician.modality)
    poorer = patient if is_patients else clinician
    if poorer.modality == Modality.VIDEO:
        return Share(Modality.VIDEO)
    return Share(poorer.modality, why_without_video(poorer.cause, is_patient_side=is_patients))
