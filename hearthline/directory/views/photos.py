"""Photos of practitioners: seen by members and by who books, set by the practitioner or an administrator."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.directory import access, services
from hearthline.directory.models import Practitioner
from hearthline.directory.views.shared import form_page, see_other
from hearthline.foundation.blobs import BlobMissingError, open_blob
from hearthline.foundation.uploads import JPEG, UploadRefusedError, serve_as
from hearthline.identity.policy import HearthlineRequest, public, requires, signed_in
from hearthline.identity.roles import CARE_TEAM_ROLES, Role

CACHE_SECONDS = 3600  # a new photo has a new address; a removed one is gone from browsers within the hour
CHANGERS = (*sorted(CARE_TEAM_ROLES), Role.ADMINISTRATOR)


class PhotoForm(forms.Form):
    """The picture of a practitioner."""

    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        help_text=gettext_lazy(
            "JPEG, PNG or WebP: the face, in good light. We keep a small copy without place and camera."
        ),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": gettext_lazy("Choose a picture first.")},
    )


@require_GET
@signed_in
def photo(request: HearthlineRequest, practitioner_id: UUID) -> HttpResponse:
    """Show the photo to a member of the organization."""
    return _file(access.get_practitioner_for(request.actor, practitioner_id))


@require_GET
@public
def public_photo(request: HttpRequest, organization_slug: str, practitioner_id: UUID) -> HttpResponse:
    """Show the photo to who books without an account, as the name is shown there: of those one can book now."""
    organization_id = request.organization.id  # type: ignore[attr-defined]
    bookable = Practitioner.objects.filter(organization_id=organization_id, is_active=True)
    return _file(get_object_or_404(bookable, pk=practitioner_id))


def _file(practitioner: Practitioner) -> HttpResponse:
    if not practitioner.photo_digest:
        raise Http404
    try:
        content = open_blob(practitioner.organization_id, practitioner.photo_digest).read()
    except BlobMissingError:
        raise Http404 from None
    headers = {**serve_as(JPEG, "photo"), "Cache-Control": f"private, max-age={CACHE_SECONDS}"}
    return HttpResponse(content, headers=headers)


def _back(request: HearthlineRequest, practitioner: Practitioner) -> str:
    if access.may_administer(request.actor):
        return reverse("directory:practitioner", args=[practitioner.pk])
    return reverse("directory:own_licences")


@require_http_methods(["GET", "POST"])
@requires(*CHANGERS)
def change_photo(request: HearthlineRequest, practitioner_id: UUID) -> HttpResponse:
    """Choose a photo of oneself, or as an administrator of anybody."""
    found = access.get_practitioner_to_picture_for(request.actor, practitioner_id)
    form = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    back = _back(request, found)
    if form.is_valid():
        try:
            services.set_photo(actor=request.actor, practitioner=found, picture=form.cleaned_data["photo"])
        except UploadRefusedError as refused:
            form.add_error("photo", str(refused))
        else:
            messages.success(request, _("Patients see the photo from now on."))
            return see_other(back)
    context: dict[str, Any] = {"audience": "staff", "practitioner": found, "back": back}
    return form_page(request, form, "directory/photo.html", **context)


@require_POST
@requires(*CHANGERS)
def remove_photo(request: HearthlineRequest, practitioner_id: UUID) -> HttpResponse:
    """Show initials instead of the photo again."""
    found = access.get_practitioner_to_picture_for(request.actor, practitioner_id)
    services.remove_photo(actor=request.actor, practitioner=found)
    messages.success(request, _("The photo is removed. Patients see initials."))
    return see_other(_back(request, found))
