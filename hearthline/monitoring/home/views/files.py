"""Bring readings along in a file that another service exported, and see row by row what became of it. No script."""

import csv
from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.directory.views.shared import form_page, see_other
from hearthline.foundation import clock
from hearthline.foundation.uploads import UploadRefusedError
from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.monitoring.home.access import get_import_for, require_monitored_for
from hearthline.monitoring.home.forms import FileForm
from hearthline.monitoring.home.models import FileImport
from hearthline.monitoring.home.services.importing import (
    STUCK_AFTER,
    begin_import,
    cancel_import,
    queue_import,
    rows_of,
    words_of,
)
from hearthline.monitoring.home.views.care import page_context

PAGE_SIZE = 50
PERCENT = 100


@require_http_methods(["GET", "POST"])
@patient_page
def bring(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Take a file and lead to what becomes of it."""
    monitored = require_monitored_for(request.actor, patient_id)
    is_sent = request.method == "POST"
    form = FileForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if is_sent and form.is_valid():
        content = form.cleaned_data["file"].read()
        order = form.cleaned_data["order"]
        try:
            made = begin_import(actor=request.actor, monitored=monitored, content=content, order=order)
        except UploadRefusedError as refused:
            form.add_error("order" if refused.code == "day-or-month" else "file", str(refused))
        except ValidationError as refused:
            form.add_error("file", refused)
        else:
            return see_other(reverse("home:file_import", args=[patient_id, made.pk]))
    running = FileImport.objects.filter(monitored=monitored, state=FileImport.State.RUNNING).first()
    return form_page(request, form, "home/file.html", **page_context(monitored, running=running))


@never_cache
@require_GET
@patient_page
def file_import(request: HearthlineRequest, patient_id: UUID, import_id: UUID) -> HttpResponse:
    """Show how far a file is, and what became of its rows: those that were not taken, or all."""
    one = get_import_for(request.actor, patient_id, import_id)
    is_all = request.GET.get("rows") == "all"
    rows = rows_of(one, is_refused_only=not is_all)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    is_running = one.state == FileImport.State.RUNNING
    context = page_context(
        one.monitored,
        one=one,
        is_running=is_running,
        is_stuck=is_running and one.moved_at < clock.now() - STUCK_AFTER,
        percent=PERCENT * one.done // one.total if one.total else PERCENT,
        is_all=is_all,
        page=page,
        rows=[(line, words_of(code)) for line, code in page],
    )
    return render(request, "home/file_import.html", context)


@require_POST
@patient_page
def file_step(request: HearthlineRequest, patient_id: UUID, import_id: UUID) -> HttpResponse:
    """Stop reading a file, or go on with one whose worker was lost."""
    one = get_import_for(request.actor, patient_id, import_id)
    if request.POST.get("what") == "stop":
        if cancel_import(actor=request.actor, file_import=one):
            messages.success(request, _("Stopped. What came in before stays."))
    elif one.state == FileImport.State.RUNNING:
        queue_import(one)
    return see_other(reverse("home:file_import", args=[patient_id, import_id]))


@never_cache
@require_GET
@patient_page
def file_rows(request: HearthlineRequest, patient_id: UUID, import_id: UUID) -> HttpResponseBase:
    """Give out what became of each row, as a table for a spreadsheet."""
    one = get_import_for(request.actor, patient_id, import_id)
    header = (_("Line"), _("What became of it"))
    rows = [(line, words_of(code)) for line, code in rows_of(one, is_refused_only=False)]
    answer = StreamingHttpResponse(_lines([header, *rows]), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="rows.csv"'
    return answer


class _Echo:
    """A file that gives back what is written into it."""

    def write(self, text: str) -> str:
        return text


def _lines(rows: list[tuple[object, str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow(row)
