from collections.abc import Callable

import pytest

from hearthline.live import limits
from hearthline.live.tests.edge import Scene, play_scene
from hearthline.tenancy.context import acting_in
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People


@pytest.fixture
def play(committed: None, people: People) -> Callable[[Scene], Stage]:
    """Run a scene against the application, over committed rows."""
    with acting_in(people.organization.id):
        stage = make_visit(people)
    for person in people.by_role.values():
        assert person.client
    for limiter in (limits.joins, limits.relays, limits.signals, limits.checks):
        limiter.buckets.clear()

    def run(scene: Scene) -> Stage:
        play_scene(scene, stage)
        return stage

    return run
