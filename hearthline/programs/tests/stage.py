"""Enrollments for tests."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import connection

from hearthline.directory.models import Patient
from hearthline.fleet.models import Asset
from hearthline.fleet.rules import State
from hearthline.fleet.services import move_asset
from hearthline.fleet.tests.stage import make_asset
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.services import rulebook
from hearthline.monitoring.episodes.tests.stage import make_treated
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import DeviceAssignment
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import NO_USER, ROW, Submission
from hearthline.monitoring.readings.summaries import refresh_summaries
from hearthline.programs.definitions import shipped_content
from hearthline.programs.models import Enrollment, Program
from hearthline.programs.services import Order, adopt_program, enroll
from tests.people import People


def adopt(people: People, code: str = "hypertension") -> Program:
    return adopt_program(people.physician.actor, content=shipped_content()[code])


def make_enrollment(people: People, patient: Patient | None = None, code: str = "hypertension") -> Enrollment:
    patient = patient or make_treated(people)
    return enroll(
        people.physician.actor,
        patient=patient,
        program=adopt(people, code),
        order=Order("High blood pressure", is_established=True),
    )


def ready_asset(people: People, serial: str = "SN-1") -> Asset:
    asset = make_asset(people, serial)
    move_asset(people.technician.actor, asset_id=asset.pk, to=State.READY)
    return asset


def measure(
    assignment: DeviceAssignment,
    moments: Sequence[datetime],
    *,
    value: float = 140,
    metric: str = "systolic",
    flags: int = 0,
) -> None:
    """Take values of the lent device in by the pipeline, and sum their days."""
    assignment.device.refresh_from_db()
    rows = np.zeros(len(moments), dtype=ROW)
    rows["device_number"], rows["metric"] = assignment.device.number, BY_CODE[metric].number
    rows["user_index"], rows["item"], rows["value"] = NO_USER, range(len(moments)), value
    rows["flags"] = flags
    rows["observed_us"] = [round(moment.timestamp() * 1_000_000) for moment in moments]
    outcomes = np.zeros(len(moments), dtype=np.int8)
    received_us = round(max(moments).timestamp() * 1_000_000)
    body = Submission(assignment.organization_id, None, "test", received_us, b"{}", rows, outcomes)
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        store_group(cursor, [body])
    refresh_summaries(assignment.organization_id)


def rules_in_force(people: People) -> None:
    """Approve every shipped rule."""
    rulebook.adopt_defaults(actor=people.physician.actor)
    for rule in Rule.objects.filter(state=Rule.State.DRAFT):
        rulebook.approve_rule(actor=people.physician.actor, rule=rule)
