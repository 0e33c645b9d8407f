import pytest

from hearthline.monitoring.alerts.tests.stage import Home, make_home
from tests.people import People


@pytest.fixture
def home(people: People) -> Home:
    return make_home(people)
