"""What people in the line are sent: once that it is nearly their turn, once that the clinician is ready."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging.models import Notification
from hearthline.messaging.services import notify
from hearthline.scheduling.lines import LONGEST_WAIT, get_estimate, list_waiting
from hearthline.scheduling.models import Mode, WalkInEntry
from hearthline.scheduling.reminding import tell_ready
from hearthline.scheduling.rules.queue import is_looking, is_near, say_minutes
from hearthline.scheduling.services.own_line import FROM_AFAR
from hearthline.scheduling.services.walk_ins import SUBJECT

NEAR = "visit.turn_near"
COMES_IN = frozenset({Mode.VIDEO, Mode.AUDIO})


def tell_near(service_id: UUID, site_id: UUID) -> None:
    """Tell those of a line who are next, or nearly, and do not look at their page; each of them once."""
    line = list_waiting(service_id, site_id)
    ids = [one.pk for one in line]
    told = Notification.objects.filter(about_type=SUBJECT, about_id__in=ids, template=NEAR)
    done = set(told.values_list("about_id", flat=True))
    for entry in line:
        is_here = entry.mode not in FROM_AFAR or is_looking(entry.seen_at, clock.now())
        if is_here or entry.pk in done:
            continue
        estimate = get_estimate(entry, line)
        if is_near(estimate):
            notify(
                actor=_get_actor(entry),
                patient_id=entry.patient_id,
                template=NEAR,
                context={"minutes": say_minutes(estimate), "link": _get_link(entry)},
                about=(SUBJECT, entry.pk),
                key=f"walk-in:{entry.pk}:near",
            )


def tell_all_near() -> None:
    """Look at every line of the organization: a wait gets shorter, and a page is closed, without anybody moving."""
    waiting = WalkInEntry.objects.filter(
        status=WalkInEntry.Status.WAITING, joined_at__gt=clock.now() - LONGEST_WAIT
    )
    for service_id, site_id in set(waiting.values_list("service_id", "site_id")):
        tell_near(service_id, site_id)


def tell_called(entry: WalkInEntry) -> None:
    """Somebody called: fetch the person who has to come in and does not look at their page.

    Whoever is telephoned, because they chose so or left to be called back, hears it from the telephone.
    """
    if entry.appointment is None or entry.mode not in COMES_IN or entry.call_wanted_at is not None:
        return
    if not is_looking(entry.seen_at, clock.now()):
        tell_ready(entry.appointment, about=(SUBJECT, entry.pk), link=_get_link(entry))


def _get_actor(entry: WalkInEntry) -> Actor:
    return Actor.system(entry.organization_id, "line")


def _get_link(entry: WalkInEntry) -> str:
    return f"{settings.PUBLIC_URL}{reverse('scheduling:line_place', args=[entry.pk])}"
