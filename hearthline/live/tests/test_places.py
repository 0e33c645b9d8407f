"""Who is in a visit is asked with each message; what the whole rule said holds for seconds, and for the same roles."""

from collections.abc import Callable
from typing import Any

import pytest

from hearthline.directory.models import PatientAccount
from hearthline.foundation import clock
from hearthline.identity.roles import Role
from hearthline.live import doors, places
from hearthline.live.tests.edge import Edge, Scene
from hearthline.tenancy.context import acting_in
from hearthline.visits.tests.stage import Stage
from tests.people import Person

Play = Callable[[Scene], Stage]


async def status_of(edge: Edge, person: Person, joined: dict[str, Any]) -> int:
    return (await edge.post(person, "signal", {"join": joined["join"], "messages": []})).status_code


def test_an_account_that_ended_leaves_the_visit_within_seconds(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_account(edge: Edge) -> None:
        with acting_in(edge.stage.people.organization.id):
            assert PatientAccount.objects.update(ended_at=clock.now()) == 1

    async def scene(edge: Edge) -> None:
        people = edge.stage.people
        clinician, patient = await edge.join(people.physician), await edge.join(people.patient)
        assert await status_of(edge, people.patient, patient) == 200
        await doors.in_thread(lambda: end_account(edge))
        monkeypatch.setattr(places.confirmations, "ends", {})  # as after CONFIRMED_FOR
        assert await status_of(edge, people.patient, patient) == 404
        assert await status_of(edge, people.physician, clinician) == 200

    play(scene)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"roles": [Role.TECHNICIAN]}, 404), ({"roles": [Role.NAVIGATOR]}, 404), ({"is_active": False}, 401)],
)
def test_other_roles_and_none_count_with_the_next_message(
    play: Play, change: dict[str, Any], status: int
) -> None:
    async def scene(edge: Edge) -> None:
        physician = edge.stage.people.physician
        joined = await edge.join(physician)
        assert await status_of(edge, physician, joined) == 200

        def apply() -> None:
            with acting_in(edge.stage.people.organization.id):
                for name, value in change.items():
                    setattr(physician.membership, name, value)
                physician.membership.save()

        await doors.in_thread(apply)
        assert await status_of(edge, physician, joined) == status

    play(scene)
