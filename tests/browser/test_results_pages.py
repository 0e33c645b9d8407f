"""Results as people see them: the list, a report, a critical value, a waiting message, the patient's own page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from hearthline.charting.results.models import CriticalResult, IncomingMessage, Report
from hearthline.charting.results.tests.stage import Stage, make_stage, nm, oru
from hearthline.identity.models import User
from hearthline.tenancy.context import acting_in
from tests.people import People

pytestmark = pytest.mark.browser
LookAt = Callable[..., None]
AT = "2026110{}100000+0000"
GLUCOSE: dict[str, Any] = {"code": "2345-7^Glucose^LN", "unit": "mg/dL", "usual": "70-99"}


@pytest.fixture
def stage(people: People, committed: None) -> Stage:
    with acting_in(people.organization.id):
        made = make_stage(people)
        for number, value in enumerate(("94", "101", "97", "112"), start=1):
            lines = (
                nm(value, flag="H" if int(value) > 99 else "N", **GLUCOSE),
                nm("4.2", flag="N"),
                "OBX|3|SN|98979-8^eGFR (CKD-EPI 2021)^LN||>^60|mL/min/{1.73_m2}|>60|N|||F",
                "NTE|1||Calculated without race.",
            )
            times = {"issued": AT.format(number), "collected": AT.format(number)}
            made.take(oru(*lines, filler=f"F-{number}", control=f"M{number}", **times), f"M{number}")
        fixed = nm("109", flag="H", status="C", **GLUCOSE)
        late = {"status": "C", "issued": AT.format(5), "collected": AT.format(4)}
        made.take(oru(fixed, filler="F-4", control="M5", **late), "M5")
        potassium = {"code": "51990-0^Basic metabolic panel^LN", "filler": "F-9"}
        made.take(oru(nm("6.8", flag="HH"), "NTE|1||Not haemolysed.", control="M6", **potassium), "M6")
        made.take(oru(nm("2.1"), number="RB-1", given="Rosita", control="M7"), "M7")
    return made


def test_results_as_people_see_them(stage: Stage, look_at: LookAt) -> None:
    with acting_in(stage.people.organization.id):
        corrected = Report.objects.get(filler_number="F-4")
        critical, message = CriticalResult.objects.get(), IncomingMessage.objects.get(state="waiting")
    doctor, patient = stage.people.physician, stage.people.patient
    User.objects.filter(pk=patient.user.pk).update(language="ar")
    look_at(reverse("results:own_result", args=[critical.report_id]), "results-own", patient, languages=False)
    for address, name in (
        (reverse("results:worklist"), "results-list"),
        (reverse("results:report", args=[corrected.pk]), "results-report"),
        (reverse("results:critical", args=[critical.pk]), "results-critical"),
        (reverse("results:message", args=[message.pk]), "results-message"),
    ):
        look_at(address, name, doctor, languages=False)
