"""The demo's past month has visits that went wrong too, so that the rescue desk's hit rates say something."""

from datetime import timedelta

import pytest

from hearthline.demo.calendar import fill_calendar
from hearthline.demo.clinic import build_clinic
from hearthline.demo.credentials import Credentials
from hearthline.demo.population import register_population
from hearthline.foundation import clock
from hearthline.tenancy.context import acting_in
from hearthline.visits.outcomes import measured_since


@pytest.mark.slow
def test_visits_of_the_past_were_held_sank_and_were_missed(db: None) -> None:
    credentials = Credentials.load()
    clinic = build_clinic(credentials)
    fill_calendar(clinic, register_population(clinic, credentials))
    with acting_in(clinic.organization.id):
        measured = measured_since(clock.now() - timedelta(days=28))
    assert measured.visits > 100
    assert all(tally.count > 0 for tally in measured.outcomes), measured.outcomes
    high, *_rest, low = measured.ranking
    assert high.percent is not None
    assert low.percent is not None
    assert high.percent > low.percent, "who was foretold went wrong more often"
