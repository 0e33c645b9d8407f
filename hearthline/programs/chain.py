"""The one chain of an enrollment, from order to the device's return, told from facts. Pure.

Nothing keeps a step: where an enrollment stands follows from what has happened, so the two never disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from hearthline.programs.definitions import Phase


class Step(models.TextChoices):
    """What comes next."""

    CONSENT = "consent", _("Consent")
    DEVICE = "device", _("Device")
    SET_UP = "set_up", _("Set-up")
    FIRST_READING = "first_reading", _("First reading")
    BASELINE = "baseline", _("Baseline")
    LIMITS = "limits", _("Limits")
    MONITORING = "monitoring", _("Monitoring")
    RETURN = "return", _("Return of the device")
    CLOSED = "closed", _("Closed")


WAY = (
    Step.CONSENT,
    Step.DEVICE,
    Step.SET_UP,
    Step.FIRST_READING,
    Step.BASELINE,
    Step.LIMITS,
    Step.MONITORING,
)


@dataclass(frozen=True)
class Facts:
    """What has happened in an enrollment. ``is_baseline_whole``: every metric has the days it needs."""

    has_consent: bool
    has_device: bool
    is_set_up: bool
    has_reading: bool
    is_baseline_whole: bool
    has_limits: bool
    is_ended: bool


def stands_at(facts: Facts) -> Step:
    """Return the step that an enrollment waits for."""
    if facts.is_ended:
        return Step.RETURN if facts.has_device else Step.CLOSED
    done = {
        Step.CONSENT: facts.has_consent,
        Step.DEVICE: facts.has_device,
        Step.SET_UP: facts.is_set_up,
        Step.FIRST_READING: facts.has_reading,
        Step.BASELINE: facts.is_baseline_whole,
        Step.LIMITS: facts.has_limits,
    }
    return next((step for step, is_done in done.items() if not is_done), Step.MONITORING)


def baseline_days(phase: Phase, days: Mapping[str, set[date]], since: date) -> dict[str, tuple[int, int]]:
    """Return for each metric of a phase on how many days it came, and on how many it is needed."""
    return {
        item.metric: (len({day for day in days.get(item.metric, set()) if day >= since}), item.least_days)
        for item in phase.plan
        if item.least_days
    }


def is_whole(baseline: Mapping[str, tuple[int, int]]) -> bool:
    """Whether every metric has come on the days it is needed."""
    return all(came >= needed for came, needed in baseline.values())
