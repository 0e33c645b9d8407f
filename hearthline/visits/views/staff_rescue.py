"""The rescue desk: today's visits, those most at risk first, and what can be done for each at once."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.tenancy.models import Organization
from hearthline.visits.access import get_visit_for
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.rescue import weights_on
from hearthline.visits.rescue_desk import desk_for
from hearthline.visits.services.conversion import convert_to_telephone


@require_GET
@clinical()
def rescue(request: HearthlineRequest) -> HttpResponse:
    """Who needs somebody now, why in one line, and the ways to help."""
    rows = desk_for(request.actor)
    zone = Organization.objects.values_list("zone", flat=True).get(pk=request.actor.organization_id)
    context = {
        "audience": "staff",
        "rows": rows,
        "zone": zone,
        "weights": weights_on(clock.now().date()),
    }
    return render(request, "visits/staff_rescue.html", context)


@require_POST
@clinical()
def to_telephone(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Hold a visit by telephone, as agreed with the patient."""
    visit = get_visit_for(request.actor, visit_id)
    try:
        convert_to_telephone(actor=request.actor, visit=visit)
        messages.success(request, _("The visit is by telephone now. Its clinician calls at the agreed time."))
    except VisitRefusedError as refused:
        messages.error(request, refused.words)
    return redirect("visits:rescue")
