"""Real objects for the walk over every route."""

from datetime import timedelta
from typing import Any

from hearthline.directory.tests.stage import treat
from hearthline.foundation import clock
from hearthline.scheduling.models import AvailabilityException, AvailabilityRule
from hearthline.scheduling.services.drafts import start_draft
from hearthline.scheduling.services.links import make_link
from hearthline.scheduling.services.walk_ins import join_queue
from hearthline.scheduling.tests.stage import make_row, make_stage
from tests.people import People

APPOINTMENT_ROUTES = (
    "appointment",
    "appointment_booked",
    "appointment_move",
    "appointment_cancel",
    "appointment_confirm",
    "appointment_calendar",
    "staff_appointment",
    "staff_move",
    "staff_cancel",
    "staff_noshow",
    "staff_needs",
)
LINK_ROUTES = ("link", "link_move", "link_cancel", "link_confirm", "link_calendar")
LINE_ROUTES = ("line_place", "line_call_back", "line_stay", "line_leave")


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    stage = make_stage(people)
    organization_id = people.organization.id
    treat(stage.patient, stage.practitioner)
    soon = (clock.now() + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    row = make_row(stage, soon)
    stage.service.takes_walk_ins = True
    stage.service.save()
    entry = join_queue(
        people.nurse.actor,
        patient=stage.patient,
        service=stage.service,
        site=people.site,
        mode="video",
        location_jurisdiction="US-TX",
        location_place="home",
    )
    away = AvailabilityException.objects.create(
        organization_id=organization_id,
        practitioner=stage.practitioner,
        starts_at=soon + timedelta(days=9),
        ends_at=soon + timedelta(days=10),
        kind="closed",
        reason="leave",
    )
    rule = AvailabilityRule.objects.filter(practitioner=stage.practitioner)[0]
    draft = start_draft(people.patient.actor, patient=stage.patient)
    token = make_link(row).rstrip("/").rsplit("/", maxsplit=1)[-1]
    return {
        **{f"scheduling:{name}": {"appointment_id": row.pk} for name in APPOINTMENT_ROUTES},
        **{f"scheduling:{name}": {"token": token} for name in LINK_ROUTES},
        "scheduling:staff_act": {"appointment_id": row.pk, "action": "arrive"},
        "scheduling:book_step": {"draft_id": draft.pk, "name": "reason"},
        "scheduling:line_step": {"draft_id": draft.pk, "name": "urgent"},
        **{f"scheduling:{name}": {"entry_id": entry.pk} for name in LINE_ROUTES},
        "scheduling:queue_call": {"entry_id": entry.pk},
        "scheduling:queue_leave": {"entry_id": entry.pk},
        "scheduling:service": {"service_id": stage.service.pk},
        "scheduling:hours_remove": {"rule_id": rule.pk},
        "scheduling:exception": {"exception_id": away.pk},
        "scheduling:exception_remove": {"exception_id": away.pk},
    }
