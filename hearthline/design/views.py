"""The living page: each component in each state, and sample screens made of them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from hearthline.design import samples
from hearthline.design.icons import ICONS

SCHEMES = frozenset({"light", "dark"})
COLOURS = (
    "ink",
    "muted",
    "paper",
    "surface",
    "sunk",
    "daylight",
    "line",
    "control",
    "primary",
    "deep",
    "ember",
)
LAYOUTS = frozenset({"full", "side", "docked", "floating"})
KINDS = ("", "ok", "watch", "urgent", "info", "now")


def _frame(request: HttpRequest, audience: str, person: str, current: str) -> dict[str, Any]:
    scheme = request.GET.get("scheme", "")
    places = [
        (gettext("Components"), "design:index", "settings"),
        (gettext("Patient"), "design:patient", "heart"),
        (gettext("Staff"), "design:staff", "people"),
        (gettext("Question"), "design:question", "edit"),
        (gettext("Waiting"), "design:waiting", "clock"),
        (gettext("Letter"), "design:letter", "file"),
        (gettext("Call"), "design:call", "video"),
    ]
    return {
        "audience": audience,
        "organization": samples.Organization(),
        "actor": samples.Person(person),
        "navigation": [(label, reverse(name), name == current, icon) for label, name, icon in places],
        "scheme": scheme if scheme in SCHEMES else "",
        "zone": samples.ZONE,
        "now": samples.NOW,
        "readings": samples.readings(),
        "usual": samples.USUAL_RANGE,
    }


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show every component in every state."""
    context = _frame(request, "staff", "Dr. Amara Osei", "design:index") | {
        "colours": COLOURS,
        "kinds": KINDS,
        "icons": sorted(ICONS),
        "fields": samples.SampleForm(),
        "refused": samples.SampleForm({}, auto_id="again_%s"),
        "tasks": samples.tasks(),
        "happenings": samples.happenings(),
        "page_obj": samples.second_page(),
    }
    return render(request, "design/living/index.html", context)


@require_safe
def patient(request: HttpRequest) -> HttpResponse:
    """Show a patient's home made of the components."""
    context = _frame(request, "patient", "Rosa Delgado", "design:patient") | {"tasks": samples.tasks()}
    return render(request, "design/living/patient.html", context)


@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """Show a clinician's day made of the components."""
    return render(
        request, "design/living/staff.html", _frame(request, "staff", "Dr. Amara Osei", "design:staff")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest) -> HttpResponse:
    """Ask one question on one page; an empty answer shows how errors read."""
    form = samples.QuestionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect("design:patient", permanent=False)
    context = _frame(request, "patient", "Rosa Delgado", "design:question") | {"form": form}
    return render(request, "design/living/question.html", context, status=422 if form.is_bound else 200)


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Show the waiting room."""
    return render(
        request, "design/living/waiting.html", _frame(request, "patient", "Rosa Delgado", "design:waiting")
    )


@require_safe
def letter(request: HttpRequest) -> HttpResponse:
    """Show a document as a page; printed, it is a letter from the clinic."""
    return render(
        request, "design/living/letter.html", _frame(request, "patient", "Rosa Delgado", "design:letter")
    )


@require_safe
def call(request: HttpRequest) -> HttpResponse:
    """Show the call room without a call."""
    wanted = request.GET.get("layout", "")
    context = _frame(request, "call", "Rosa Delgado", "design:call") | {
        "layout": wanted if wanted in LAYOUTS else "docked",
        "fields": samples.SampleForm(),
    }
    return render(request, "design/living/call.html", context)
