"""Which way a visit goes, from browser to browser or through the media server, and going over without leaving it.

Everybody's browser gets one event and builds its connections anew; room, chat, clock, participants and stretches stay.
Every function wants the visit's row locked (``room.lock_visit``).
"""

from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.visits import janus
from hearthline.visits.choices import Modality, ParticipantState
from hearthline.visits.group_rules import JANUS, MESH, Facts, Figures, choose, figures_on, is_mesh_enough
from hearthline.visits.models import GroupRoom, Join, Participant, QualitySample, Visit
from hearthline.visits.services import seats
from hearthline.visits.services.messages import open_joins, send_event

MEASURED_FOR = timedelta(seconds=20)
SAMPLES_LEAST = 3  # one dip is no weak line


def has_place(visit: Visit, coming: Participant) -> bool:
    """Whether one more can be let in, going over to the media server where that takes it.

    A telephone speaks with browsers only, so a visit that has one, or would, stays as it is.
    """
    figures = figures_on(clock.now().date())
    people = _inside(visit).count() + 1
    if people <= figures.mesh_people_most:
        return True
    is_telephone = coming.modality == Modality.PHONE
    if is_telephone or _has_telephone(visit) or people > figures.group_people_most:
        return False
    return visit.media_backend == JANUS or (_is_there(visit, figures) and _go(visit, JANUS, "many"))


def is_too_many_for_telephone(visit: Visit) -> bool:
    """Whether the visit cannot do without the media server, which a telephone does not reach."""
    people = _inside(visit).count()
    return visit.media_backend == JANUS and people > figures_on(clock.now().date()).mesh_people_most


def settle(visit: Visit) -> None:
    """Go over to the way that the people and their lines ask for now."""
    figures = figures_on(clock.now().date())
    people = _inside(visit).count()
    uplink = _weakest_uplink(visit)
    is_there = visit.media_backend == JANUS or _is_there(visit, figures)
    has_telephone = _has_telephone(visit)
    facts = Facts(people, is_there, has_telephone, uplink, _calm_seconds(visit, people, uplink, figures))
    choice = choose(visit.media_backend, facts, figures)
    if choice.way != visit.media_backend:
        _go(visit, choice.way, choice.why)


def reconsider(visit: Visit) -> None:
    """As ``settle``, for a visit that is not locked yet; costs nothing where there is no media server."""
    if not janus.is_used():
        return
    least = figures_on(clock.now().date()).uplink_people_least
    if visit.media_backend == JANUS or _inside(visit).count() >= least:
        settle(Visit.objects.select_for_update().get(pk=visit.pk))


def fall_back(visit: Visit) -> None:
    """The media server is not there (any more): the visit goes on from browser to browser, and says so."""
    group = GroupRoom.objects.filter(visit=visit).first()
    if group is not None:
        group.failed_at = clock.now()
        group.save(update_fields=["failed_at"])
    if visit.media_backend == JANUS:
        _go(visit, MESH, "lost")


def _inside(visit: Visit) -> QuerySet[Participant]:
    return Participant.objects.filter(visit=visit, state=ParticipantState.ADMITTED)


def _has_telephone(visit: Visit) -> bool:
    joins = Join.objects.filter(visit=visit, closed_at__isnull=True)
    return joins.filter(participant__modality=Modality.PHONE).exists()


def _is_there(visit: Visit, figures: Figures) -> bool:
    """Whether this installation has a media server, and it did not fail just now; ``_go`` then asks it."""
    if not janus.is_used():
        return False
    limit = clock.now() - figures.again_after
    return not GroupRoom.objects.filter(visit=visit, failed_at__gt=limit).exists()


def _weakest_uplink(visit: Visit) -> int | None:
    """Return the least of what people's ways out carry, each by its best of the last seconds."""
    recent = QualitySample.objects.filter(
        visit=visit, at__gt=clock.now() - MEASURED_FOR, uplink_kilobits__gt=0
    )
    inside = recent.filter(participant__state=ParticipantState.ADMITTED).values("participant").order_by()
    measured = inside.annotate(most=Max("uplink_kilobits"), count=Count("pk"))
    return min((one["most"] for one in measured if one["count"] >= SAMPLES_LEAST), default=None)


def _calm_seconds(visit: Visit, people: int, uplink: int | None, figures: Figures) -> float:
    """Note since when the mesh would be enough; return how long that is."""
    group = GroupRoom.objects.filter(visit=visit).first()
    if group is None or visit.media_backend != JANUS:
        return 0.0
    is_enough = is_mesh_enough(Facts(people, True, uplink_kilobits=uplink), figures)
    since: datetime | None = (group.calm_since or clock.now()) if is_enough else None
    if since != group.calm_since:
        group.calm_since = since
        group.save(update_fields=["calm_since"])
    return (clock.now() - since).total_seconds() if since else 0.0


def _go(visit: Visit, way: str, why: str) -> bool:
    """Go over, in one event for everybody who is in. False: the media server did not answer, so nothing changed."""
    if way == JANUS and not _has_room(visit):
        return False
    if way == MESH:
        seats.unseat_all(
            visit
        )  # never on the way there: rooms end after the commit, and would take the new one along
    visit.media_backend = way
    visit.save(update_fields=["media_backend"])
    GroupRoom.objects.filter(visit=visit).update(calm_since=None)
    for join in open_joins(visit):
        if join.participant.state == ParticipantState.ADMITTED:
            send_event(join, "media", {"way": way, "why": why})
    actor = Actor.system(visit.organization_id, "media")
    audit.record(actor, f"visit.by_{way}", visit, patient_id=visit.patient_id)
    return True


def _has_room(visit: Visit) -> bool:
    """Ask the media server whether it is there, and note the visit's room."""
    try:
        janus.end_session(janus.open_session())
    except janus.JanusDownError:
        GroupRoom.objects.filter(visit=visit).update(failed_at=clock.now())
        return False
    GroupRoom.objects.get_or_create(
        organization_id=visit.organization_id, visit=visit, defaults={"name": seats.room_name()}
    )
    return True
