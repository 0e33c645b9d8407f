from collections.abc import Iterator

import pytest

from hearthline.ingest.tests.rig import LocalEdge, local_edge
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_monitored
from tests.people import People


@pytest.fixture
def rosa(committed: None, people: People) -> MonitoredPerson:
    return make_monitored(people)


@pytest.fixture
def edge(committed: None) -> Iterator[LocalEdge]:
    with local_edge() as opened:
        yield opened
