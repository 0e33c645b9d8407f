import pytest

from hearthline.charting.results.tests.stage import Stage, make_stage
from tests.people import People


@pytest.fixture
def stage(people: People) -> Stage:
    return make_stage(people)
