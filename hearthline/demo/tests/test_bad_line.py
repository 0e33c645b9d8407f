"""One invented patient's way to the relay: over the line that the demo makes worse, and nobody else's."""

from pathlib import Path
from typing import Any

from hearthline.demo import bad_line
from hearthline.demo.cast import ROSA
from hearthline.demo.names import PATIENT_DOMAIN
from hearthline.visits.services.conversation import relay_for
from hearthline.visits.tests.stage import make_visit
from hearthline.visits.turn import Relay
from tests.people import People


def test_the_patient_alone_is_led_over_the_line(people: People, settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIRECTORY = tmp_path
    settings.TURN_RELAY = Relay("127.0.0.1", 3478, "secret")
    settings.TURN_RELAY_OF = "hearthline.demo.bad_line.relay_of"
    people.patient.user.email = ROSA.email(PATIENT_DOMAIN)
    people.patient.user.save()
    clinician, patient = make_visit(people).begin()
    patient.participant.refresh_from_db()
    theirs, usual = relay_for(patient), relay_for(clinician)
    assert f":{settings.DEMO_LINE_PORT}?" in theirs["iceServers"][0]["urls"][0]
    assert theirs["policy"] == "relay", "no way past the line"
    assert ":3478?" in usual["iceServers"][0]["urls"][0]
    assert usual["policy"] == "all"


def test_the_line_stays_as_chosen(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIRECTORY = tmp_path
    assert bad_line.chosen() == bad_line.GOOD
    for name in bad_line.LINES:
        bad_line.choose(name)
        assert bad_line.chosen() == name
    (tmp_path / "demo-line").write_text("nonsense")
    assert bad_line.chosen() == bad_line.GOOD
