"""Events for the browsers in a visit: numbered rows for each join, and a notification that carries an id only."""

from typing import Any

from django.db import connection

from hearthline.foundation import changes
from hearthline.visits.choices import ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, SignalMessage, Visit

CHANNEL = "hearthline_live"
LIST_TOPIC = "visits"
NEXT_NUMBER = """
    UPDATE visits_join SET last_event = last_event + 1 WHERE id = %s AND closed_at IS NULL RETURNING last_event
"""


def send_event(join: Join, name: str, body: dict[str, Any] | None = None) -> None:
    """Add an event for one join and wake its stream after commit. Events for a closed join are dropped.

    The update holds the join's row until commit, so numbers are committed in their order and a stream that
    resumes after a number misses nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [join.pk])
        row = cursor.fetchone()
        if row is None:
            return
        SignalMessage.objects.create(
            organization_id=join.organization_id, join=join, number=row[0], name=name, body=body or {}
        )
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(join.pk)])


def open_joins(visit: Visit) -> list[Join]:
    """Return the open joins of a visit in the order in which they are always locked."""
    joins = Join.objects.filter(visit=visit, closed_at__isnull=True)
    return list(joins.select_related("participant").order_by("number"))


def reachable(join: Join) -> list[Join]:
    """Return the open joins of the others who hear and see somebody: in the visit, and in the same room of it."""
    return [
        other
        for other in open_joins(join.visit)
        if other.pk != join.pk
        and other.participant.state == ParticipantState.ADMITTED
        and other.participant.is_aside == join.participant.is_aside
    ]


def get_reachable(join: Join, to: int) -> Join:
    """Return another join of the visit by its number; both have to be admitted.

    Raises:
        VisitRefusedError: the sender or the other is not in the visit, or one of them speaks apart.
    """
    if join.participant.state != ParticipantState.ADMITTED:
        raise VisitRefusedError("not_admitted")
    other = (
        Join.objects.filter(visit_id=join.visit_id, number=to, closed_at__isnull=True)
        .select_related("participant")
        .first()
    )
    if other is None or other.participant.state != ParticipantState.ADMITTED:
        raise VisitRefusedError("not_here")
    if other.participant.is_aside != join.participant.is_aside:
        raise VisitRefusedError("apart")
    return other


def number_of(join: Join | None) -> int:
    """Return by which number others reach somebody; 0 when they are not connected."""
    is_here = join is not None and join.closed_at is None and join.lost_at is None
    return join.number if join is not None and is_here else 0


def describe(participant: Participant, number: int) -> dict[str, Any]:
    """Return what others in the visit are told of somebody."""
    return {
        "id": str(participant.pk),
        "name": participant.name,
        "role": participant.role,
        "state": participant.state,
        "modality": participant.modality,
        "number": number,
        "isHost": participant.is_host,
        "isPinned": participant.is_pinned,
        "isAside": participant.is_aside,
        "isSharing": participant.is_sharing,
        "examinesWith": participant.examines_with,
    }


def describe_all(viewer: Participant, visit: Visit) -> list[dict[str, Any]]:
    """Return everybody of a visit, as told to somebody who is in it; only clinicians hear of those taken out."""
    joins = {join.participant_id: join for join in open_joins(visit)}
    people = Participant.objects.filter(visit=visit)
    if viewer.role != ParticipantRole.CLINICIAN:
        people = people.exclude(state=ParticipantState.REMOVED)
    return [describe_to(viewer, one, joins.get(one.pk)) for one in people]


def describe_to(viewer: Participant, participant: Participant, join: Join | None) -> dict[str, Any]:
    """Return what one person is told of another: who speaks apart cannot be reached from outside, nor reaches out."""
    is_apart = viewer.is_aside != participant.is_aside
    return describe(participant, 0 if is_apart else number_of(join))


def describe_visit(visit: Visit) -> dict[str, Any]:
    """Return what somebody who waits is told: whether the clinician is there. No names of others."""
    clinician = Join.objects.filter(
        visit=visit, participant__role=ParticipantRole.CLINICIAN, closed_at__isnull=True, lost_at__isnull=True
    )
    return {"state": visit.state, "clinician": "here" if clinician.exists() else "away"}


def tell_all_of_all(visit: Visit) -> None:
    """Tell everybody who is in the visit of everybody who is: who can be reached by whom has changed."""
    joins = {join.participant_id: join for join in open_joins(visit)}
    inside = Participant.objects.filter(visit=visit, state=ParticipantState.ADMITTED)
    viewers = [join for join in joins.values() if join.participant.state == ParticipantState.ADMITTED]
    for viewer in viewers:
        for one in sorted(inside, key=lambda person: person.pk != viewer.participant_id):  # oneself first
            send_event(viewer, "person", describe_to(viewer.participant, one, joins.get(one.pk)))


def tell_about(participant: Participant, *, visit: Visit, also_self: bool = False) -> None:
    """Tell everybody who is in the visit how somebody stands now; tell those who wait only about the clinician."""
    is_clinician = participant.role == ParticipantRole.CLINICIAN
    joins = open_joins(visit)
    own = next((join for join in joins if join.participant_id == participant.pk), None)
    for join in joins:
        if join.participant_id == participant.pk and not also_self:
            continue
        if join.participant.state == ParticipantState.ADMITTED:
            send_event(join, "person", describe_to(join.participant, participant, own))
        elif is_clinician:
            send_event(join, "visit", describe_visit(visit))
    changes.announce(visit.organization_id, LIST_TOPIC)
