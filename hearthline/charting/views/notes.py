"""Writing, signing and reading notes, and the patient's summary, for the care team."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit import services as audit
from hearthline.charting import notes
from hearthline.charting.access import get_draft_for, get_encounter_for, get_note_for, get_summary_for
from hearthline.charting.beside import pictures_of
from hearthline.charting.forms import AddendumForm, NoteForm, NoteTemplateForm, SummaryForm
from hearthline.charting.models import Note, NoteTemplate, VisitSummary
from hearthline.charting.rules import NOTE_SECTIONS
from hearthline.charting.views.chart import clinic_zone, posted
from hearthline.foundation.ids import new_id
from hearthline.identity.policy import HearthlineRequest, clinical, requires
from hearthline.identity.roles import CLINICIAN_ROLES, Role

PAGE_SIZE = 25


@require_POST
@clinical(*CLINICIAN_ROLES)
def start(request: HearthlineRequest, encounter_id: UUID) -> HttpResponse:
    """Open the actor's draft of the encounter."""
    encounter = get_encounter_for(request.actor, encounter_id)
    note = notes.start_note(actor=request.actor, encounter=encounter)
    return redirect("charting:note", note.id)


def _editor(request: HearthlineRequest, note: Note, form: NoteForm, *, status: int = 200) -> HttpResponse:
    context = {
        "audience": "staff",
        "note": note,
        "encounter": note.encounter,
        "patient": note.encounter.patient,
        "form": form,
        "statements": notes.statements_of(note.encounter),
        "pictures": pictures_of(note.encounter),
        "templates": NoteTemplate.objects.filter(is_active=True)[:50],
        "zone": clinic_zone(request),
    }
    return render(request, "charting/note_edit.html", context, status=status)


def _form_of(note: Note, template_id: str | None = None) -> NoteForm:
    values = {name: getattr(note, name) for name in NOTE_SECTIONS}
    template = NoteTemplate.objects.filter(pk=template_id, is_active=True).first() if template_id else None
    if template is not None:
        values = {name: values[name] or getattr(template, name) for name in NOTE_SECTIONS}
    return NoteForm(initial={**values, "revision": note.revision})


@require_http_methods(["GET", "POST"])
@clinical()
def note(request: HearthlineRequest, note_id: UUID) -> HttpResponse:
    """Show a signed note, or the actor's own draft to write in. Saving keeps the draft; signing closes it."""
    shown = get_note_for(request.actor, note_id)
    if request.method == "POST":
        return _write(request, get_draft_for(request.actor, note_id))
    audit.record(request.actor, "note.read", shown, patient_id=shown.encounter.patient_id)
    if shown.status == Note.Status.DRAFT:
        return _editor(request, shown, _form_of(shown, request.GET.get("template")))
    return _signed(request, shown, AddendumForm(initial={"idempotency_key": new_id()}))


def _write(request: HearthlineRequest, draft: Note) -> HttpResponse:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _editor(request, draft, form, status=422)
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    try:
        kept = notes.save_note(
            actor=request.actor, note=draft, sections=form.sections(), revision=form.cleaned_data["revision"]
        )
        if "sign" in request.POST:
            notes.sign_note(actor=request.actor, note=kept, revision=kept.revision)
            messages.success(request, _("The note is signed."))
            return redirect("charting:note", kept.id)
    except notes.StaleRevisionError:
        return _conflict(request, draft, form, wants_json=wants_json)
    except notes.NotSignableError as problem:
        kept.refresh_from_db()
        again = NoteForm({**form.sections(), "revision": kept.revision})
        again.is_valid()
        for name in problem.missing:
            again.add_error(name, _("A signed note needs this."))
        return _editor(request, kept, again, status=422)
    if wants_json:
        return JsonResponse({"revision": kept.revision})
    messages.success(request, _("The draft is kept. Only you can see it."))
    return redirect("charting:note", kept.id)


def _conflict(request: HearthlineRequest, draft: Note, form: NoteForm, *, wants_json: bool) -> HttpResponse:
    """Show both texts when another tab saved first: nothing of either is lost."""
    if wants_json:
        return JsonResponse({"error": "stale"}, status=409)
    draft.refresh_from_db()
    mine = form.sections()
    differing = [
        (name, mine[name], getattr(draft, name))
        for name in NOTE_SECTIONS
        if mine[name] != getattr(draft, name)
    ]
    merged = NoteForm({**mine, "revision": draft.revision})
    merged.is_valid()
    context = {
        "audience": "staff",
        "note": draft,
        "patient": draft.encounter.patient,
        "form": merged,
        "differing": differing,
    }
    return render(request, "charting/note_conflict.html", context, status=409)


def _signed(
    request: HearthlineRequest, shown: Note, form: AddendumForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "audience": "staff",
        "note": shown,
        "encounter": shown.encounter,
        "patient": shown.encounter.patient,
        "statements": shown.statements.splitlines(),
        "pictures": pictures_of(shown.encounter),
        "addenda": shown.addenda.select_related("author"),
        "form": form,
        "is_unaltered": notes.is_unaltered(shown),
        "may_add": request.actor.is_clinician,
        "summary": VisitSummary.objects.filter(encounter=shown.encounter).first(),
        "zone": clinic_zone(request),
    }
    return render(request, "charting/note.html", context, status=status)


@require_POST
@clinical(*CLINICIAN_ROLES)
def addendum(request: HearthlineRequest, note_id: UUID) -> HttpResponse:
    """Sign an addition to a signed note."""
    shown = get_note_for(request.actor, note_id)
    if shown.status != Note.Status.SIGNED:
        raise Http404
    form = AddendumForm(request.POST)
    if not form.is_valid():
        return _signed(request, shown, form, status=422)
    notes.add_addendum(actor=request.actor, note=shown, **form.cleaned_data)
    messages.success(request, _("The addendum is signed."))
    return redirect("charting:note", shown.id)


@require_POST
@clinical(*CLINICIAN_ROLES)
def discard(request: HearthlineRequest, note_id: UUID) -> HttpResponse:
    """Put the actor's own draft away."""
    draft = get_draft_for(request.actor, note_id)
    patient_id = draft.encounter.patient_id
    notes.discard_note(actor=request.actor, note=draft)
    messages.success(request, _("The draft was discarded."))
    return redirect("charting:chart", patient_id)


@require_POST
@clinical(*CLINICIAN_ROLES)
def start_summary(request: HearthlineRequest, encounter_id: UUID) -> HttpResponse:
    """Open the encounter's summary for the patient."""
    encounter = get_encounter_for(request.actor, encounter_id)
    summary = notes.start_summary(actor=request.actor, encounter=encounter)
    return redirect("charting:summary_edit", summary.id)


@require_http_methods(["GET", "POST"])
@clinical()
def summary_edit(request: HearthlineRequest, summary_id: UUID) -> HttpResponse:
    """Write the summary; releasing it lets the patient read it."""
    summary = get_summary_for(request.actor, summary_id)
    initial = {name: getattr(summary, name) for name in notes.SUMMARY_PARTS}
    initial |= {"language": summary.language, "revision": summary.revision}
    form = SummaryForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        if not request.actor.is_clinician:
            raise PermissionDenied
        try:
            return _keep_summary(request, summary, form)
        except notes.StaleRevisionError as problem:
            summary = get_object_or_404(VisitSummary, pk=problem.current.pk)
            text = _(
                "Someone saved another text meanwhile. Yours is below; nothing was overwritten. Save again to keep it."
            )
            form = SummaryForm({**form.cleaned_data, "revision": summary.revision})
            form.add_error(None, text)
    context = {
        "audience": "staff",
        "summary": summary,
        "encounter": summary.encounter,
        "patient": summary.encounter.patient,
        "form": form,
        "zone": clinic_zone(request),
    }
    return render(request, "charting/summary_edit.html", context, status=422 if form.errors else 200)


def _keep_summary(request: HearthlineRequest, summary: VisitSummary, form: SummaryForm) -> HttpResponse:
    values = form.cleaned_data
    kept = notes.save_summary(
        actor=request.actor,
        summary=summary,
        parts={name: values[name] for name in notes.SUMMARY_PARTS},
        language=values["language"],
        revision=values["revision"],
    )
    if "release" in request.POST:
        try:
            notes.release_summary(actor=request.actor, summary=kept)
        except notes.NotSignableError:
            messages.error(
                request, _("Say what to do now before the patient gets the summary. The text is kept.")
            )
            return redirect("charting:summary_edit", kept.id)
        messages.success(request, _("The patient can read the summary now and is told so."))
        return redirect("charting:chart", kept.encounter.patient_id)
    messages.success(request, _("Saved. The patient cannot see it yet."))
    return redirect("charting:summary_edit", kept.id)


@require_GET
@requires(Role.ADMINISTRATOR)
def templates(request: HearthlineRequest) -> HttpResponse:
    """List the clinic's starting texts for notes."""
    page = Paginator(NoteTemplate.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "charting/templates.html", {"audience": "staff", "page": page})


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def template(request: HearthlineRequest, template_id: UUID | None = None) -> HttpResponse:
    """Add or change a starting text."""
    found = get_object_or_404(NoteTemplate, pk=template_id) if template_id else None
    form = NoteTemplateForm(posted(request), instance=found)
    form.instance.organization_id = request.actor.organization_id
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        audit.record(request.actor, "note_template.saved", kept, fields=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("charting:templates")
    context = {"audience": "staff", "form": form, "template": found}
    return render(request, "charting/template.html", context, status=422 if form.errors else 200)
