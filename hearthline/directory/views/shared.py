"""What the directory's views share: a form that is saved or shown again, and pages of a list."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from hearthline.identity.actor import Actor
from hearthline.tenancy.models import Organization

PAGE_SIZE = 25
FORM_TEMPLATE = "directory/form_page.html"


def organization_of(actor: Actor) -> Organization:
    """Return the actor's organization."""
    return Organization.objects.get(pk=actor.organization_id)


def see_other(url: str) -> HttpResponse:
    """Send the browser to a page after a change, so that going back does not repeat it."""
    return HttpResponseRedirect(url, status=303)


def accepts(form: Any, action: Callable[[], object]) -> bool:
    """Return whether the form is right and its action was done; what the service refused stands on the form."""
    if not form.is_valid():
        return False
    try:
        action()
    except ValidationError as refused:
        show_refusal(form, refused)
        return False
    return True


def show_refusal(form: Any, refused: ValidationError) -> None:
    """Put a service's words beside the fields they speak of."""
    by_field = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
    for name, words in by_field.items():
        for word in words:
            form.add_error(name if name in form.fields else None, word)


def form_page(
    request: HttpRequest, form: BaseForm, template: str = FORM_TEMPLATE, **context: Any
) -> HttpResponse:
    """Show a form; one that came back with mistakes is answered as 422."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """Return the page of a list that the address asks for; an odd number gives the nearest page."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page", "1")[:6])


def get_or_404(rows: QuerySet[Any], row_id: UUID, actor: Actor) -> Any:
    """Return one row of the actor's organization."""
    found = rows.filter(organization_id=actor.organization_id, pk=row_id).first()
    if found is None:
        raise Http404
    return found


def posted(request: HttpRequest) -> Any:
    """Return what was posted, for a form, or None for a first look."""
    return request.POST if request.method == "POST" else None
