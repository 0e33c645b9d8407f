"""The worklist, and the page of a case with everything that can be done on it."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.consults import access, queries
from hearthline.consults.acts import Act, acts_for, get_act
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.forms import TimeForm
from hearthline.consults.gallery import gallery_of
from hearthline.consults.letter import file_letter
from hearthline.consults.models import Closing, Consult, DeskReader, WorkTime
from hearthline.consults.rules.states import ANSWERED
from hearthline.consults.services import attaching, reading
from hearthline.consults.services.desks import set_available
from hearthline.consults.services.moving import record_case
from hearthline.consults.services.photographing import open_request
from hearthline.directory.access import may_reach
from hearthline.foundation.blobs import BlobMissingError, open_blob, store
from hearthline.foundation.uploads import UploadRefusedError, receive_document, serve_as
from hearthline.identity.policy import HearthlineRequest, clinical, signed_in

PAGE_SIZE = 25
BOXES = ("mine", "free", "asked", "open", "done")


def zone_of(request: HearthlineRequest) -> str:
    """Return the time zone of the actor's organization."""
    return str(request.organization.zone)  # type: ignore[attr-defined]


@require_GET
@clinical()
def worklist(request: HearthlineRequest) -> HttpResponse:
    """Cases by clock and urgency, in boxes."""
    box = request.GET.get("box", "")
    reads = access.specialties_read(request.actor)
    if box not in BOXES:
        box = "mine" if reads else "open"
    own = DeskReader.objects.filter(practitioner__membership__user=request.actor.user_id)
    page = Paginator(queries.worklist(request.actor, box), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "audience": "staff",
        "box": box,
        "page_obj": page,
        "is_reader": own.exists(),
        "is_available": own.filter(is_available=True).exists(),
        "rows": queries.rows_of(request.actor, list(page.object_list), zone_of(request)),
    }
    return render(request, "consults/worklist.html", context)


@require_GET
@clinical()
def case(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """One case: what was asked, with all that was given; what came back; and what to do next."""
    consult = access.get_consult_for(request.actor, consult_id)
    record_case(request.actor, "consult.read", consult)
    return case_page(request, consult)


def case_page(
    request: HearthlineRequest,
    consult: Consult,
    *,
    refused: Act | None = None,
    form: forms.Form | None = None,
) -> HttpResponse:
    """Return the page of a case; with a refused act, its form and the reasons."""
    actor = request.actor
    acts = acts_for(actor, consult)
    shown = [(one, form if one is refused and form else one.make_form(actor, consult, None)) for one in acts]
    if refused is not None and refused not in acts and form is not None:
        messages.error(request, str(CaseRefusedError("moved_on").words))
    is_reader = access.is_reader(actor, consult)
    is_ours = access.is_ours(actor, consult)
    draft = access.own_draft(actor, consult) if is_reader else None
    context = {
        "audience": "staff",
        "view": queries.view_of(actor, consult, zone_of(request)),
        "consult": consult,
        "main_acts": [pair for pair in shown if pair[0].is_main],
        "more_acts": [pair for pair in shown if not pair[0].is_main],
        "refused": refused,
        "form": form,
        "zone": zone_of(request),
        "gallery": gallery_of(actor, consult, zone_of(request)),
        "may_fill": access.may_fill(actor, consult),
        "wanted": open_request(consult),
        "may_open_visit": access.may_open_visit(actor, consult),
        "is_reader": is_reader,
        "is_ours": is_ours,
        "draft": draft,
        "may_write": is_reader and consult.status in {"reading", "preliminary", *ANSWERED},
        "has_chart": is_ours and may_reach(actor, consult.patient),
        "own_work": WorkTime.objects.filter(consult=consult, user=actor.user_id)[:PAGE_SIZE],
        "billing": queries.billing_of(consult) if is_ours else None,
        "grants": consult.grants.select_related("answering_organization")[:PAGE_SIZE],
    }
    return render(request, "consults/case.html", context, status=422 if form is not None else 200)


@require_POST
@clinical()
def act(request: HearthlineRequest, consult_id: UUID, code: str) -> HttpResponse:
    """Do one thing with a case."""
    consult = access.get_consult_for(request.actor, consult_id)
    chosen = get_act(code)
    form = chosen.make_form(request.actor, consult, request.POST)
    form.files = request.FILES
    if not chosen.may(request.actor, consult):
        form.full_clean()
        form.add_error(None, CaseRefusedError("moved_on").words)
        return case_page(request, consult, refused=chosen, form=form)
    if form.is_valid() and keep_file(request, consult, form):
        try:
            chosen.run(request.actor, consult, form.cleaned_data)
        except CaseRefusedError as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("Done."))
            return _after(request, consult, chosen, form)
    return case_page(request, access.get_consult_for(request.actor, consult_id), refused=chosen, form=form)


def _after(request: HearthlineRequest, consult: Consult, done: Act, form: forms.Form) -> HttpResponse:
    """Return where the page leads after an act: a closed case is filed, and a visit is booked next."""
    if done.code == "close":
        file_letter(request, consult, zone_of(request))
        if form.cleaned_data["next_step"] == Closing.Next.VISIT:
            return redirect(f"{reverse('scheduling:staff_book')}?patient={consult.patient_id}")
    still = access.consults_for(request.actor).filter(pk=consult.pk).exists()
    return redirect("consults:case", consult.pk) if still else redirect("consults:worklist")


@require_POST
@clinical()
def availability(request: HearthlineRequest) -> HttpResponse:
    """Say that one is away from one's desks, or back."""
    set_available(request.actor, is_available="back" in request.POST)
    return redirect("consults:worklist")


def keep_file(request: HearthlineRequest, consult: Consult, form: forms.Form, title: str = "") -> bool:
    """Take the file of a form into the case; False, with the reason on the form, when it is refused."""
    sent: Any = form.cleaned_data.get("file")
    if not sent:
        return True
    try:
        upload = receive_document(sent)
    except UploadRefusedError as refusal:
        form.add_error("file", str(refusal))
        return False
    blob = store(consult.organization_id, BytesIO(upload.content), upload.content_type)
    attaching.attach_file(
        request.actor,
        consult=consult,
        title=title or form.cleaned_data.get("title") or _("Sent later"),
        content_type=upload.content_type,
        sha256=blob.sha256,
        size_bytes=blob.size,
    )
    return True


@require_GET
@signed_in
def file(
    request: HearthlineRequest, consult_id: UUID, attachment_id: UUID
) -> HttpResponse | StreamingHttpResponse:
    """Send the bytes of a file of a case, to whoever may see the case now."""
    attachment = access.get_attachment_for(request.actor, consult_id, attachment_id)
    try:
        blob = open_blob(attachment.organization_id, attachment.sha256)
    except BlobMissingError:
        raise Http404 from None
    reading.note_opened(request.actor, attachment=attachment)
    headers = serve_as(attachment.content_type, attachment.title)
    return StreamingHttpResponse(
        blob.stream(), headers={**headers, "Content-Length": str(attachment.size_bytes)}
    )


@require_POST
@clinical(is_background=True)
def beat(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """Count the active seconds that the page of a case tells of."""
    consult = access.get_consult_for(request.actor, consult_id)
    told = request.POST.get("seconds", "")
    if not told.isascii() or not told.isdigit() or len(told) > 4:
        return HttpResponse(status=422)
    reading.count(request.actor, consult=consult, seconds=int(told))
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
@clinical()
def correct_time(request: HearthlineRequest, consult_id: UUID, entry_id: UUID) -> HttpResponse:
    """Correct one's own minutes on a case, with a reason."""
    consult = access.get_consult_for(request.actor, consult_id)
    entry = WorkTime.objects.filter(pk=entry_id, consult=consult, user=request.actor.user_id).first()
    if entry is None:
        raise Http404
    form = TimeForm(
        request.POST if request.method == "POST" else None, initial={"minutes": entry.active_seconds // 60}
    )
    if form.is_bound and form.is_valid():
        try:
            reading.correct_time(request.actor, entry=entry, **form.cleaned_data)
        except CaseRefusedError as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("Corrected."))
            return redirect("consults:case", consult.pk)
    context = {
        "audience": "staff",
        "form": form,
        "entry": entry,
        "consult": consult,
        "zone": zone_of(request),
    }
    return render(request, "consults/correct_time.html", context, status=422 if form.errors else 200)
