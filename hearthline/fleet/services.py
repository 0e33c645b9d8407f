"""What is done with things that are lent."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.fleet import rules
from hearthline.fleet.events import PlacementEnded
from hearthline.fleet.models import Asset, AssetMove, Placement
from hearthline.fleet.rules import State
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor

MAXIMUM_SERIALS = 200


class RefusedMoveError(ValueError):
    """The thing cannot go there now; the message says why, for a person."""


@transaction.atomic
def add_assets(actor: Actor, *, like: Asset, serials: Sequence[str]) -> list[Asset]:
    """Add one thing for each serial number; serials that are there already are left alone.

    Returns:
        Those that were added.
    """
    known = set(
        Asset.objects.filter(manufacturer=like.manufacturer, serial__in=serials).values_list(
            "serial", flat=True
        )
    )
    added = [
        Asset(
            organization_id=actor.organization_id,
            kind=like.kind,
            manufacturer=like.manufacturer,
            model=like.model,
            is_medical_device=like.is_medical_device,
            acquired_on=like.acquired_on,
            udi=like.udi,
            serial=serial,
        )
        for serial in dict.fromkeys(serials)
        if serial not in known
    ]
    Asset.objects.bulk_create(added)
    for asset in added:
        record(actor, "asset.added", asset)
    return added


@transaction.atomic
def move_asset(
    actor: Actor, *, asset_id: UUID, to: State, is_cleaned: bool = False, note: str = ""
) -> Placement | None:
    """Take a thing one step on; lending it opens a placement, having it back ends one.

    Returns:
        The placement that is open afterwards, if any.

    Raises:
        RefusedMoveError: the step does not follow from where it is, or it was not cleaned.
    """
    asset = Asset.objects.select_for_update().get(pk=asset_id)
    current = State(asset.state)
    if not rules.may_move(current, to):
        raise RefusedMoveError(
            _("It is “%(now)s” now, and “%(wanted)s” does not follow. Look at the page again.")
            % {"now": current.label, "wanted": to.label}
        )
    if rules.must_be_cleaned(current, to) and not is_cleaned:
        raise RefusedMoveError(_("Clean it and wipe its memory first, then say so here."))
    AssetMove.objects.create(
        organization_id=actor.organization_id,
        asset=asset,
        from_state=current,
        to_state=to,
        moved_by_id=actor.user_id,
        is_cleaned=is_cleaned,
        note=note,
    )
    asset.state = to
    asset.save(update_fields=["state"])
    record(actor, f"asset.{to.value}", asset)
    return _follow_placement(asset, to)


def _follow_placement(asset: Asset, to: State) -> Placement | None:
    placement = Placement.objects.filter(asset=asset, ended_at=None).first()
    if to in rules.LENT:
        return placement or Placement.objects.create(organization_id=asset.organization_id, asset=asset)
    if placement is not None:
        placement.ended_at = clock.now()
        placement.save(update_fields=["ended_at"])
        publish(
            PlacementEnded(
                organization_id=asset.organization_id,
                reference=placement.reference,
                ended_at=placement.ended_at,
            )
        )
    return None
