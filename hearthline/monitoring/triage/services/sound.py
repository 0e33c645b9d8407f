"""Whether a person wants to hear of dangerous values that wait for them."""

from hearthline.audit.services import record
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import may_triage
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.triage.models import SoundWish


def wants_sound(actor: Actor) -> bool:
    """Whether the actor has asked for a sound."""
    return actor.user_id is not None and SoundWish.objects.filter(user_id=actor.user_id).exists()


def set_sound(*, actor: Actor, is_wanted: bool) -> None:
    """Turn the actor's own sound on or off.

    Raises:
        AlertRefusedError: the actor's role has nothing to hear.
    """
    if not may_triage(actor) or actor.user_id is None:
        raise AlertRefusedError("not_allowed")
    mine = SoundWish.objects.filter(user_id=actor.user_id)
    if is_wanted:
        row = SoundWish(organization_id=actor.organization_id, user_id=actor.user_id)
        SoundWish.objects.bulk_create([row], ignore_conflicts=True)
    else:
        mine.delete()
    record(actor, "sound.set", ("identity.user", actor.user_id), reason="on" if is_wanted else "off")
