"""Steps that tests of the line share: a line that is open, answering, joining, reading."""

from datetime import timedelta
from typing import Any

from django.test import Client

from hearthline.directory.models import Patient
from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.scheduling import services
from hearthline.scheduling.models import BookingDraft, WalkInEntry
from hearthline.scheduling.tests.stage import NINE, Stage, make_stage
from hearthline.scheduling.tests.test_booking_pages import CLEAR, answer, begin
from tests.people import People

OPEN = NINE + timedelta(minutes=10)
HERE = {"location_place": "home", "location_jurisdiction": "US-TX"}
NUMBER = {"call_back_number": "512 555 0134"}


def make_line(people: People) -> Stage:
    """A small clinic whose service takes people without a booking; open at ``OPEN``."""
    made = make_stage(people)
    made.service.takes_walk_ins = True
    made.service.save()
    return made


def answer_line(client: Client, stage: Stage, base: str = "", **where: str) -> str:
    """Answer every question but the number; return the draft's address."""
    base = base or begin(client, "/care/line/")
    answer(client, base, "urgent", CLEAR, "service")
    answer(client, base, "service", {"service": str(stage.service.pk)}, "where")
    answer(client, base, "where", {**HERE, **where}, "how")
    if not where:
        answer(client, base, "how", {"mode": "video"}, "number")
    return base


def join(client: Client, stage: Stage, base: str = "") -> str:
    """Join the line; return the address of the place."""
    response = client.post(f"{answer_line(client, stage, base)}/number/", NUMBER)
    assert response.status_code == 303, response.content.decode()
    return str(response["Location"])


def enter(stage: Stage, patient: Patient | None = None, **values: Any) -> WalkInEntry:
    """Somebody whom the desk enters into the line; by default the stage's patient, for a video visit."""
    return services.join_queue(
        stage.people.nurse.actor,
        patient=patient or stage.patient,
        service=stage.service,
        site=stage.people.site,
        **{"mode": "video", "location_jurisdiction": "US-TX", "location_place": "home", **values},
    )


def put_before(stage: Stage, count: int = 1, **values: Any) -> list[WalkInEntry]:
    """People whom the desk entered."""
    patients = [make_patient(stage.people, f"Person{number}", "Haddad") for number in range(count)]
    return [enter(stage, patient, **values) for patient in patients]


def make_ready_draft(stage: Stage, **values: Any) -> BookingDraft:
    """The answers of the stage's patient, all but the number to call."""
    return BookingDraft.objects.create(
        **{
            "organization_id": stage.people.organization.id,
            "user": stage.people.patient.user,
            "patient": stage.patient,
            "urgency": "clear",
            "service": stage.service,
            "mode": "video",
            "expires_at": clock.now() + timedelta(days=1),
            **HERE,
            **values,
        }
    )


def read(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content.decode()
    return str(response.content.decode())


def ask_again(client: Client, stage: Stage) -> str:
    """Answer up to the place, and return where the next question leads who has a place already."""
    base = begin(client, "/care/line/")
    answer(client, base, "urgent", CLEAR, "service")
    answer(client, base, "service", {"service": str(stage.service.pk)}, "where")
    answer(client, base, "where", HERE, "how")
    return str(client.get(f"{base}/how/")["Location"])
