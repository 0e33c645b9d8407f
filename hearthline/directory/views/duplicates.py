"""Staff: pairs of records that may be one person."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.audit.services import record
from hearthline.directory import access, forms, services
from hearthline.directory.access import MERGER_ROLES
from hearthline.directory.duplicates import Reason
from hearthline.directory.models import DuplicateCandidate, PatientMerge
from hearthline.directory.services.duplicates import compare
from hearthline.directory.views.shared import accepts, form_page, get_or_404, page_of, posted, see_other
from hearthline.identity.policy import HearthlineRequest, requires

STAFF = {"audience": "staff"}
REASON_WORDS = {
    Reason.IDENTIFIER: gettext_lazy("Same number"),
    Reason.NAME: gettext_lazy("Same name"),
    Reason.NAME_NEAR: gettext_lazy("Almost the same name"),
    Reason.FAMILY_NAME: gettext_lazy("Same family name"),
    Reason.BIRTH_DATE: gettext_lazy("Same birth date"),
    Reason.BIRTH_DATE_NEAR: gettext_lazy("Birth dates differ by a slip"),
    Reason.TELEPHONE: gettext_lazy("Same telephone"),
    Reason.EMAIL: gettext_lazy("Same e-mail"),
}


@require_GET
@requires(*MERGER_ROLES)
def queue(request: HearthlineRequest) -> HttpResponse:
    """List the pairs to compare, the likeliest first."""
    rows = DuplicateCandidate.objects.filter(
        organization_id=request.actor.organization_id,
        status=DuplicateCandidate.Status.OPEN,
        first__merged_into__isnull=True,
        second__merged_into__isnull=True,
    ).select_related("first", "second")
    page = page_of(request, rows)
    record(request.actor, "duplicates.read", ("duplicates", "open"))
    return render(request, "directory/duplicates.html", {**STAFF, "page": page})


@require_http_methods(["GET", "POST"])
@requires(*MERGER_ROLES)
def pair(request: HearthlineRequest, candidate_id: UUID) -> HttpResponse:
    """Compare two records side by side, and decide."""
    rows = DuplicateCandidate.objects.select_related("first", "second")
    candidate: DuplicateCandidate = get_or_404(rows, candidate_id, request.actor)
    form = forms.MergeForm(posted(request))

    def decide() -> None:
        decision, reason = form.cleaned_data["decision"], form.cleaned_data["reason"]
        if decision == "different":
            services.decide_different(actor=request.actor, candidate=candidate)
            return
        keep, drop = candidate.first, candidate.second
        if decision == "second":
            keep, drop = drop, keep
        services.merge_patients(actor=request.actor, survivor=keep, duplicate=drop, reason=reason)

    if form.is_bound and accepts(form, decide):
        messages.success(request, _("Decided. A merge can be undone on the record."))
        return see_other(reverse("directory:duplicates"))
    for one in (candidate.first, candidate.second):
        record(request.actor, "demographics.read", one, patient_id=one.id)
    likeness = compare(candidate.first, candidate.second)
    context = {
        "candidate": candidate,
        "sides": [candidate.first, candidate.second],
        "reasons": [REASON_WORDS[reason] for reason in likeness.reasons],
    }
    return form_page(request, form, "directory/pair.html", **STAFF, **context)


@require_http_methods(["GET", "POST"])
@requires(*MERGER_ROLES)
def undo(request: HearthlineRequest, merge_id: UUID) -> HttpResponse:
    """Take a merge back."""
    merge: PatientMerge = get_or_404(PatientMerge.objects.select_related("survivor"), merge_id, request.actor)
    survivor = access.get_patient_for(request.actor, merge.survivor_id, access.Purpose.DEMOGRAPHICS)
    form = forms.ReasonForm(posted(request))
    back = reverse("directory:patient", args=[survivor.pk])
    if form.is_bound and accepts(
        form, lambda: services.undo_merge(actor=request.actor, merge=merge, **form.cleaned_data)
    ):
        messages.success(request, _("The two records are apart again."))
        return see_other(back)
    return form_page(
        request,
        form,
        **STAFF,
        patient=survivor,
        heading=_("Undo the merge"),
        intro=_("Rows that the merge moved go back. What was written since stays with this record."),
        back=back,
    )
