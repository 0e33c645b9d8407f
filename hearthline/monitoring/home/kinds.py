"""What a person measures at home, as they would call it: each kind groups the metrics of one measurement."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.monitoring.readings.metrics import BY_CODE, Metric


@dataclass(frozen=True)
class Kind:
    """One kind of measurement. ``needed`` metrics make it complete; ``wanted`` ones may be left out."""

    key: str
    label: str | Promise
    advice: str | Promise
    needed: tuple[str, ...]
    wanted: tuple[str, ...] = ()

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of a measurement, the main one first."""
        return [BY_CODE[code] for code in (*self.needed, *self.wanted)]

    @property
    def main(self) -> Metric:
        """The metric that stands for the measurement when measurements are counted."""
        return BY_CODE[self.needed[0]]


KINDS: tuple[Kind, ...] = (
    Kind(
        "blood-pressure",
        _("Blood pressure"),
        _("Sit still for five minutes first. Feet flat, arm on the table, no talking."),
        ("systolic", "diastolic"),
        ("pulse",),
    ),
    Kind(
        "weight",
        _("Weight"),
        _("Best in the morning, after the toilet and before you eat. Wear about the same each day."),
        ("weight",),
    ),
    Kind("glucose", _("Blood sugar"), _("Wash and dry your hands first."), ("glucose",)),
    Kind(
        "oxygen",
        _("Oxygen"),
        _("Rest for five minutes. Warm your hand and hold it still. No nail polish."),
        ("oxygen-saturation",),
        ("pulse",),
    ),
    Kind("temperature", _("Temperature"), _("Wait half an hour after you eat or drink."), ("temperature",)),
    Kind(
        "breaths",
        _("Breaths"),
        _("Sit still. Count how often your chest rises in one whole minute."),
        ("respiratory-rate",),
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}
BY_METRIC = {kind.main.code: kind for kind in KINDS}


def kind_with(metric_code: str) -> Kind | None:
    """Return the kind of measurement that gives a metric; the one it stands first in, if several do."""
    return next((kind for kind in KINDS if metric_code in (*kind.needed, *kind.wanted)), None)
