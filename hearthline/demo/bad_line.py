"""``/demo/line/``: makes the line of one invented patient worse while a call runs, through the emulator of lines."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from hearthline.demo.cast import ROSA
from hearthline.demo.line import CLEAR, DOWN, LOOPBACK, Line
from hearthline.demo.names import PATIENT_DOMAIN
from hearthline.identity.policy import public
from hearthline.visits.choices import ParticipantRole
from hearthline.visits.models import Participant
from hearthline.visits.turn import Relay

GOOD = "good"
LINES: dict[str, Line] = {
    GOOD: CLEAR,
    "weak": Line(kilobits=150, loss=0.05, delay_ms=150),
    "thin": Line(kilobits=40, loss=0.02, delay_ms=150),
    "none": DOWN,
}
WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    GOOD: (_("Good line"), _("Full picture and sound.")),
    "weak": (_("Weak line"), _("150 kbit/s, one packet in 20 lost: the picture gets small.")),
    "thin": (_("Thin line"), _("40 kbit/s: the call goes on by voice, and both are told why.")),
    "none": (_("No line"), _("Nothing gets through: call the patient by telephone from the room.")),
}


def _kept() -> Path:
    return Path(settings.STATE_DIRECTORY) / "demo-line"


def chosen() -> str:
    """Return which line the patient has now."""
    try:
        name = _kept().read_text()
    except FileNotFoundError:
        return GOOD
    return name if name in LINES else GOOD


def choose(name: str) -> None:
    """Give the patient another line; the process that carries it follows within a moment."""
    draft = _kept().with_suffix(".new")
    draft.write_text(name)
    draft.replace(_kept())


def relay_of(participant: Participant) -> Relay | None:
    """Return the relay behind the line for the patient who has one; everybody else has the usual relay."""
    user = participant.user
    if participant.role != ParticipantRole.PATIENT or user is None or settings.TURN_RELAY is None:
        return None
    if user.email != ROSA.email(PATIENT_DOMAIN):
        return None
    return Relay(LOOPBACK, settings.DEMO_LINE_PORT, settings.TURN_SECRET)


@require_http_methods(["GET", "POST"])
@public
def line(request: HttpRequest) -> HttpResponse:
    """Show the lines there are, and give the patient another one."""
    if request.method == "POST":
        if request.POST.get("line") in LINES:
            choose(request.POST["line"])
        return redirect("demo:line")
    lines = [(name, *WORDS[name], name == chosen()) for name in LINES]
    context = {
        "lines": lines,
        "name": ROSA.name,
        "has_relay": settings.TURN_RELAY is not None,
        "audience": "plain",
    }
    return render(request, "demo/line.html", context)
