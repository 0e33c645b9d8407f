"""Every cell of the chart, at both of its edges."""

from dataclasses import replace
from typing import Any

import pytest

from hearthline.monitoring.plots.news2 import Consciousness, Observations, Response, missing_from, score_of

WELL = Observations(16, 98, False, 120, 70, Consciousness.ALERT, 37.0)
CELLS: list[tuple[dict[str, Any], str, int]] = [
    *(
        ({"respiration": value}, "respiration", points)
        for value, points in [
            (4, 3),
            (8, 3),
            (9, 1),
            (11, 1),
            (12, 0),
            (20, 0),
            (21, 2),
            (24, 2),
            (25, 3),
            (60, 3),
        ]
    ),
    *(
        ({"oxygen_saturation": value}, "oxygen_saturation", points)
        for value, points in [(70, 3), (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)]
    ),
    *(
        ({"oxygen_saturation": value, "is_scale_2_ordered": True}, "oxygen_saturation", points)
        for value, points in [
            (70, 3),
            (83, 3),
            (84, 2),
            (85, 2),
            (86, 1),
            (87, 1),
            (88, 0),
            (92, 0),
            (93, 0),
            (100, 0),
        ]
    ),
    *(
        (
            {"oxygen_saturation": value, "is_scale_2_ordered": True, "is_on_oxygen": True},
            "oxygen_saturation",
            points,
        )
        for value, points in [
            (83, 3),
            (84, 2),
            (85, 2),
            (86, 1),
            (87, 1),
            (88, 0),
            (92, 0),
            (93, 1),
            (94, 1),
            (95, 2),
            (96, 2),
            (97, 3),
            (100, 3),
        ]
    ),
    ({"is_on_oxygen": True}, "is_on_oxygen", 2),
    ({"is_on_oxygen": False}, "is_on_oxygen", 0),
    *(
        ({"systolic": value}, "systolic", points)
        for value, points in [
            (60, 3),
            (90, 3),
            (91, 2),
            (100, 2),
            (101, 1),
            (110, 1),
            (111, 0),
            (219, 0),
            (220, 3),
            (280, 3),
        ]
    ),
    *(
        ({"pulse": value}, "pulse", points)
        for value, points in [
            (30, 3),
            (40, 3),
            (41, 1),
            (50, 1),
            (51, 0),
            (90, 0),
            (91, 1),
            (110, 1),
            (111, 2),
            (130, 2),
            (131, 3),
            (200, 3),
        ]
    ),
    *(
        ({"consciousness": value}, "consciousness", 0 if value is Consciousness.ALERT else 3)
        for value in Consciousness
    ),
    *(
        ({"temperature": value}, "temperature", points)
        for value, points in [
            (33.0, 3),
            (35.0, 3),
            (35.1, 1),
            (36.0, 1),
            (36.1, 0),
            (38.0, 0),
            (38.1, 1),
            (39.0, 1),
            (39.1, 2),
            (41.0, 2),
        ]
    ),
]


@pytest.mark.parametrize(("changed", "part", "points"), CELLS)
def test_every_cell(changed: dict[str, Any], part: str, points: int) -> None:
    score = score_of(replace(WELL, **changed))
    assert score is not None
    assert score.parts[part] == points
    others = points + (2 if changed.get("is_on_oxygen") and part != "is_on_oxygen" else 0)
    assert score.total == others


@pytest.mark.parametrize("name", [name for name in vars(WELL) if name != "is_scale_2_ordered"])
def test_an_incomplete_set_has_no_score(name: str) -> None:
    unmeasured: dict[str, Any] = {name: None}
    partial = replace(WELL, **unmeasured)
    assert score_of(partial) is None
    assert missing_from(partial) == (name,)


@pytest.mark.parametrize(
    ("changed", "response"),
    [
        ({}, Response.ROUTINE),
        ({"pulse": 100}, Response.LOW),
        ({"respiration": 8}, Response.SINGLE_RED),
        ({"respiration": 22, "pulse": 115, "temperature": 38.5}, Response.URGENT),
        ({"respiration": 25, "pulse": 115, "is_on_oxygen": True}, Response.EMERGENCY),
    ],
)
def test_what_a_score_asks_for(changed: dict[str, Any], response: Response) -> None:
    score = score_of(replace(WELL, **changed))
    assert score is not None
    assert score.response is response
