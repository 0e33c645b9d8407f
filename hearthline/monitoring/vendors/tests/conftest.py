from collections.abc import Iterator
from typing import Any

import pytest

from hearthline.monitoring.vendors.tests.stage import VendorStage, vendor_stage
from tests.people import People


@pytest.fixture
def stage(people: People, settings: Any) -> Iterator[VendorStage]:
    with vendor_stage(people, settings) as made:
        yield made
