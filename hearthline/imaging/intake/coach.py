"""The capture coach: which views of a place are wanted, in what order, and how to take each.

Views: ATA, Quick Guide to Store-Forward and Live-Interactive Teledermatology (2012), and ISIC's consensus on
standards of imaging (JAMA Dermatology 2017): far, regional with a landmark, close up, with a scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.imaging.intake.choices import BodySite, View

SHAPES: Mapping[str, str] = {
    **dict.fromkeys(
        (BodySite.SCALP, BodySite.FACE, BodySite.EYE, BodySite.EAR, BodySite.MOUTH, BodySite.NECK), "head"
    ),
    **dict.fromkeys((BodySite.ARM, BodySite.LEG, BodySite.SHOULDER), "limb"),
    **dict.fromkeys((BodySite.HAND, BodySite.NAIL, BodySite.FOOT), "hand"),
}
TRUNK = "trunk"
NO_FAR_VIEW = frozenset({BodySite.EYE, BodySite.MOUTH, BodySite.NAIL, BodySite.GENITAL})

ADVICE: Mapping[View, str | Promise] = {
    View.FAR: _("Step back one long step. Show both sides, so that we see where it is."),
    View.REGIONAL: _("Come to an arm's length. Keep a joint, the navel or an ear in the picture."),
    View.CLOSE: _("As near as a hand is wide. Tap the screen on the spot and wait until it is sharp."),
    View.SCALE: _("The same again, with a ruler or a coin beside it."),
}


@dataclass(frozen=True)
class Wanted:
    """One view that is wanted: what it is, how to take it, and which drawing shows it."""

    view: View
    label: str | Promise
    advice: str | Promise
    drawing: str


def views_for(body_site: str) -> Sequence[Wanted]:
    """Return the views wanted of a place. Intimate and small places are not asked for from far."""
    shape = SHAPES.get(body_site, TRUNK)
    return [
        Wanted(view, view.label, ADVICE[view], _drawing(view, shape))
        for view in View
        if not (view is View.FAR and body_site in NO_FAR_VIEW)
    ]


def _drawing(view: View, shape: str) -> str:
    return f"{view}-{shape}" if view in {View.FAR, View.REGIONAL} else str(view)
