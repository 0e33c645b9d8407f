"""``/administration/telephone/``: the number that patients dial, and what the telephone says."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import Role
from hearthline.telephony import administration
from hearthline.telephony.prompts import LANGUAGES
from hearthline.tenancy.models import Organization


class NumberForm(forms.Form):
    dial_in_number = forms.CharField(
        label=gettext_lazy("Number that patients dial"),
        help_text=gettext_lazy(
            "A number of your trunk with its country, for example +15125550100. Empty: none."
        ),
        max_length=20,
        required=False,
    )


def _organization(request: HearthlineRequest) -> Organization:
    return Organization.objects.get(pk=request.actor.organization_id)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def telephone(request: HearthlineRequest) -> HttpResponse:
    """Set the number; list the lines that can be recorded in one language."""
    organization = _organization(request)
    initial = {"dial_in_number": organization.dial_in_number}
    form = NumberForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            administration.set_dial_in_number(
                request.actor, organization=organization, number=form.cleaned_data["dial_in_number"]
            )
            messages.success(request, _("Saved."))
            return redirect("telephony:administration")
        except ValidationError as refused:
            form.add_error("dial_in_number", refused.messages[0])
    language = request.GET.get("language", "")
    language = language if language in LANGUAGES else organization.default_language
    context = {
        "audience": "staff",
        "form": form,
        "has_trunk": bool(settings.SIP_TRUNK),
        "language": language,
        "languages": [(code, name) for code, name in settings.LANGUAGES if code in LANGUAGES],
        "prompts": administration.prompts_of(_organization(request), language),
    }
    return render(request, "telephony/administration.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def recording(request: HearthlineRequest, language: str, name: str) -> HttpResponse:
    """Play the clinic's recording of a line; keep another one, or take it away."""
    if not administration.may_record(language, name):
        raise Http404
    organization = _organization(request)
    if request.method == "GET":
        path = administration.recording_path(organization, language, name)
        if not path.is_file():
            raise Http404
        return HttpResponse(path.read_bytes(), content_type="audio/wav")
    given = request.FILES.get("sound")
    if given is None:
        administration.remove_recording(
            request.actor, organization=organization, language=language, name=name
        )
        messages.success(request, _("Our voice says this line again."))
    else:
        _keep(request, organization, language, name, given.read())
    return redirect(f"{reverse('telephony:administration')}?language={language}")


def _keep(
    request: HearthlineRequest, organization: Organization, language: str, name: str, content: bytes
) -> None:
    try:
        administration.keep_recording(
            request.actor, organization=organization, language=language, name=name, content=content
        )
        messages.success(request, _("The recording is kept. The next caller hears it."))
    except administration.RefusedRecordingError:
        words = _(
            "That is no recording for a telephone. Use a WAV file, 16 bit, one channel, a minute at most."
        )
        messages.error(request, words)
