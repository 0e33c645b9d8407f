"""Interpreters of the demo: one who has accepted; who else needs one is still without."""

from hearthline.demo.clinic import Clinic
from hearthline.scheduling.models import Requirement
from hearthline.visits import rules
from hearthline.visits.choices import InterpreterChannel
from hearthline.visits.models import Visit
from hearthline.visits.services.interpreters import Asked, accept, request_interpreter

AGENCY = "Bridge Languages (invented)"


def book_interpreter(clinic: Clinic, language: str = "ar") -> None:
    """Have an interpreter accept the next visit in a language, unless one was asked already."""
    visit = (
        Visit.objects.filter(
            state__in=rules.OPEN_STATES,
            appointment__requirements__language=language,
            interpreter_bookings__isnull=True,
        )
        .order_by("starts_at")
        .first()
    )
    if visit is None:
        return
    requirement = Requirement.objects.get(appointment=visit.appointment_id, language=language)
    booking, _token = request_interpreter(
        actor=clinic.navigator,
        visit=visit,
        requirement=requirement,
        asked=Asked(InterpreterChannel.LINK, AGENCY),
    )
    accept(actor=clinic.navigator, booking=booking, name="Nadia Karam", number="2204")
