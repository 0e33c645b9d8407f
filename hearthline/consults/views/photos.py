"""From a case to the guided photos for it, and back."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from hearthline.consults import access
from hearthline.consults.services.photographing import is_being_taken, link_photos, open_request
from hearthline.identity.policy import HearthlineRequest, signed_in
from hearthline.imaging.intake.models import Capture
from hearthline.imaging.intake.views import begin_page


@require_http_methods(["GET", "POST"])
@signed_in
def photos(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """Lead to the guided photos of the place that the reader asked for; else of a place that is chosen first."""
    consult = access.get_consult_to_fill_for(request.actor, consult_id)
    wanted = open_request(consult)
    if wanted is None:
        return begin_page(request, consult.patient, began=lambda made: _link(request, consult_id, made))
    if wanted.capture is not None and is_being_taken(wanted):
        return redirect(f"{reverse('intake:capture', args=[wanted.capture.pk])}#view-{wanted.view}")
    place = {"body_site": wanted.body_site, "laterality": wanted.laterality, "view": wanted.view}
    return begin_page(
        request, consult.patient, place=place, began=lambda made: _link(request, consult_id, made)
    )


def _link(request: HearthlineRequest, consult_id: UUID, made: Capture) -> None:
    consult = access.get_consult_to_fill_for(request.actor, consult_id)
    link_photos(request.actor, consult=consult, capture=made, wanted=open_request(consult))
