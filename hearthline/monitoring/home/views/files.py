"""Bring readings along in a file that another service exported. Works without script."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hearthline.directory.views.shared import form_page
from hearthline.foundation.uploads import UploadRefusedError
from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.monitoring.home.access import require_monitored_for
from hearthline.monitoring.home.forms import FileForm
from hearthline.monitoring.home.services.importing import import_file
from hearthline.monitoring.home.views.care import page_context


@require_http_methods(["GET", "POST"])
@patient_page
def bring(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Take a file and say of its rows what became of them."""
    monitored = require_monitored_for(request.actor, patient_id)
    is_sent = request.method == "POST"
    form = FileForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if is_sent and form.is_valid():
        content = form.cleaned_data["file"].read()
        order = form.cleaned_data["order"]
        try:
            result = import_file(actor=request.actor, monitored=monitored, content=content, order=order)
        except UploadRefusedError as refused:
            form.add_error("order" if refused.code == "day-or-month" else "file", str(refused))
        else:
            return render(request, "home/file_result.html", page_context(monitored, result=result))
    return form_page(request, form, "home/file.html", **page_context(monitored))
