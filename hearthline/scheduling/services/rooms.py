"""The room of a hub through the day: an attendant starts it for a visit and cleans it after."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling.models import Appointment, RoomTurn


def _locked(actor: Actor, appointment: Appointment) -> RoomTurn:
    RoomTurn.objects.get_or_create(organization_id=actor.organization_id, appointment=appointment)
    return RoomTurn.objects.select_for_update().get(appointment=appointment)


@transaction.atomic
def start_room(*, actor: Actor, appointment: Appointment) -> RoomTurn:
    """Note that the room is ready for a visit; a second press changes nothing."""
    turn = _locked(actor, appointment)
    if turn.started_at is None:
        turn.started_at, turn.started_by_id = clock.now(), actor.user_id
        turn.save(update_fields=["started_at", "started_by"])
        record(actor, "room.started", turn)
    return turn


@transaction.atomic
def clean_room(*, actor: Actor, appointment: Appointment) -> RoomTurn:
    """Note that the room is clean after a visit; a second press changes nothing.

    Raises:
        ValidationError: the room was not started for this visit.
    """
    turn = _locked(actor, appointment)
    if turn.started_at is None:
        raise ValidationError(_("Start the room for this visit first."))
    if turn.cleaned_at is None:
        turn.cleaned_at, turn.cleaned_by_id = clock.now(), actor.user_id
        turn.save(update_fields=["cleaned_at", "cleaned_by"])
        record(actor, "room.cleaned", turn)
    return turn
