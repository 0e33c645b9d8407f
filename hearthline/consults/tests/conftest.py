from collections.abc import Iterator

import pytest

from hearthline.consults.tests.stage import MONDAY, CaseStage, make_stage
from hearthline.foundation import clock
from tests.people import People


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """Every test happens on a working Monday morning."""
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def stage(people: People) -> CaseStage:
    return make_stage(people)
