"""Writing and signing an answer; and taking it away as a letter or as data."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.consults import access, queries
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.forms import OpinionForm
from hearthline.consults.gallery import gallery_of
from hearthline.consults.letter import consult_letter
from hearthline.consults.models import Consult, Opinion
from hearthline.consults.report import diagnostic_report
from hearthline.consults.rules.states import ANSWERED
from hearthline.consults.services import answering
from hearthline.consults.services.moving import record_case
from hearthline.consults.views.cases import zone_of
from hearthline.identity.freshness import ask_again, has_fresh_mfa
from hearthline.identity.policy import HearthlineRequest, clinical, signed_in
from hearthline.identity.roles import PRESCRIBER_ROLES

BUTTONS = {
    "preliminary": Opinion.Kind.PRELIMINARY,
    "final": Opinion.Kind.FINAL,
    "addendum": Opinion.Kind.ADDENDUM,
}


@require_http_methods(["GET", "POST"])
@clinical(*PRESCRIBER_ROLES)
def answer(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """The reader's draft, which nobody else sees; kept, or signed."""
    consult = access.get_consult_for(request.actor, consult_id)
    if not access.is_reader(request.actor, consult) or consult.status not in {
        "reading",
        "preliminary",
        *ANSWERED,
    }:
        raise Http404
    draft = answering.start_draft(request.actor, consult=consult)
    has_preliminary = answering.signed_opinions(consult).filter(kind=Opinion.Kind.PRELIMINARY).exists()
    has_preliminary = has_preliminary and consult.status not in ANSWERED
    if request.method == "POST":
        form = OpinionForm(request.POST, has_preliminary=has_preliminary)
        done = _write(request, consult, form) if form.is_valid() else None
        if done is not None:
            return done
    else:
        text = {name: getattr(draft, name) for name in answering.SECTIONS}
        initial = {**text, "has_spoken": draft.has_spoken, "revision": draft.revision}
        form = OpinionForm(initial=initial, has_preliminary=has_preliminary)
    context = {
        "audience": "staff",
        "form": form,
        "consult": consult,
        "view": queries.view_of(request.actor, consult, zone_of(request)),
        "objects": answering.objects_of(consult, request.actor.user_id),
        "gallery": gallery_of(request.actor, consult, zone_of(request)),
        "is_answered": consult.status in ANSWERED,
        "zone": zone_of(request),
    }
    return render(request, "consults/answer.html", context, status=422 if form.errors else 200)


def _write(request: HearthlineRequest, consult: Consult, form: OpinionForm) -> HttpResponse | None:
    """Keep the draft first, then sign when asked; None, with the reason on the form, when it is refused."""
    cleaned = form.cleaned_data
    try:
        kept = answering.save_draft(
            request.actor,
            consult=consult,
            text={name: cleaned[name] for name in answering.SECTIONS},
            has_spoken=cleaned["has_spoken"],
            revision=cleaned["revision"],
        )
    except CaseRefusedError as refusal:
        form.add_error(None, refusal.words)
        return None
    kind = next((BUTTONS[name] for name in BUTTONS if name in request.POST), None)
    if kind is None:
        messages.success(request, _("The draft is kept. Only you can see it."))
        return redirect("consults:answer", consult.pk)
    if not has_fresh_mfa(request.actor):
        return ask_again(request)
    try:
        answering.sign(
            request.actor,
            consult=consult,
            kind=kind,
            revision=kept.revision,
            discrepancy=cleaned.get("discrepancy", ""),
            discrepancy_words=cleaned.get("discrepancy_words", ""),
        )
    except CaseRefusedError as refusal:
        form.data = {**form.data.dict(), "revision": str(kept.revision)}  # type: ignore[attr-defined]
        form.add_error(None, refusal.words)
        return None
    messages.success(request, _("Signed. The asker is told."))
    return redirect("consults:case", consult.pk)


def _shown(request: HearthlineRequest, consult_id: UUID) -> Consult:
    """Return a case whose answer the actor may read, as staff or as the patient."""
    if request.actor.is_care_team:
        consult = access.get_consult_for(request.actor, consult_id)
    else:
        consult = access.get_own_consult_for(request.actor, consult_id)
    if not access.opinions_for(request.actor, consult).exists():
        raise Http404
    return consult


@require_GET
@signed_in
def letter(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """The signed answers as a tagged PDF with a digital signature."""
    consult = _shown(request, consult_id)
    record_case(request.actor, "consult.downloaded", consult)
    content = consult_letter(request, consult, zone_of(request))
    headers = {"Content-Disposition": 'attachment; filename="answer.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_GET
@signed_in
def report(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """The newest answer as a FHIR R4 DiagnosticReport."""
    consult = _shown(request, consult_id)
    record_case(request.actor, "consult.exported", consult)
    newest = access.opinions_for(request.actor, consult).order_by("-signed_at").first()
    if newest is None:
        raise Http404
    headers = {"Content-Disposition": 'attachment; filename="answer.json"', "Cache-Control": "no-store"}
    return JsonResponse(
        diagnostic_report(consult, newest), content_type="application/fhir+json", headers=headers
    )
