"""Forms of the patient's pages. They turn words into values in canonical units; rules and services decide."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.monitoring.home import rules, units
from hearthline.monitoring.home.kinds import Kind
from hearthline.monitoring.home.services.importing import MOST_BYTES
from hearthline.monitoring.home.services.storing import OLDEST
from hearthline.monitoring.readings.metrics import Metric
from hearthline.monitoring.readings.models import REASON_LENGTH

NOW, EARLIER = "now", "earlier"
NEVER_TYPED = ("kPa", "g")  # devices say these; screens that people copy from do not


def unit_field(metric: Metric) -> str:
    """Return the name of the field that holds a metric's unit."""
    return f"{metric.code}-unit"


class ValuesForm(forms.Form):
    """The values of one measurement, each in a unit that the person knows. What is improbable is asked again."""

    is_right = forms.BooleanField(label=_("Yes, I looked again. It is right."), required=False)

    def __init__(
        self, *args: Any, kind: Kind, jurisdiction: str, known_weight: float | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.known_weight = kind, known_weight
        self.asks_again = False
        added: dict[str, forms.Field] = {}
        for metric in kind.metrics:
            unit = units.unit_for(metric, jurisdiction)
            choices = [
                (one.ucum, units.LABELS[one.ucum]) for one in metric.units if one.ucum not in NEVER_TYPED
            ]
            label = _("%(what)s in %(unit)s") % {"what": metric.label, "unit": units.LABELS[unit.ucum]}
            added[metric.code] = forms.DecimalField(
                label=str(metric.label) if len(choices) > 1 else label,
                required=metric.code in kind.needed,
                max_digits=7,
                decimal_places=3,
                localize=True,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
            if len(choices) > 1:
                added[unit_field(metric)] = forms.ChoiceField(
                    label=_("Unit"), choices=choices, initial=unit.ucum
                )
        self.fields = {**added, **self.fields}

    def clean(self) -> dict[str, Any]:
        """Convert, refuse what cannot be, and ask again about what is improbable."""
        given = super().clean() or self.cleaned_data
        self.values: dict[str, float] = {}
        for metric in self.kind.metrics:
            value = given.get(metric.code)
            if value is not None:
                self._take(metric, value, given.get(unit_field(metric), metric.unit.ucum))
        upper, lower = self.values.get("systolic"), self.values.get("diastolic")
        if upper is not None and lower is not None and lower >= upper:
            self.add_error("diastolic", _("The lower number must be less than the upper one."))
        if self.asks_again and not given.get("is_right") and not self.errors:
            self.add_error("is_right", _("Measure or look again. Then tick this box, or change the number."))
        return given

    def _take(self, metric: Metric, value: Decimal, ucum: str) -> None:
        unit = metric.factor_of(ucum)
        if unit is None:
            return
        kept = float(units.canonical(value, unit))
        if not metric.possible_low <= kept <= metric.possible_high:
            low, high = (
                units.in_unit(edge, metric, unit) for edge in (metric.possible_low, metric.possible_high)
            )
            words = _("Enter a number from %(low)s to %(high)s %(unit)s.")
            self.add_error(metric.code, words % {"low": low, "high": high, "unit": units.LABELS[ucum]})
            return
        is_odd_weight = metric.code == "weight" and rules.is_other_person(kept, self.known_weight)
        self.asks_again |= is_odd_weight or not rules.is_usual(metric.code, kept)
        self.values[metric.code] = kept


class TypedForm(ValuesForm):
    """A measurement and when it was."""

    when = forms.ChoiceField(
        label=_("When did you measure?"),
        choices=[(NOW, _("Just now")), (EARLIER, _("Earlier"))],
        initial=NOW,
        widget=forms.RadioSelect,
    )
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Only if it was earlier."),
    )  # fmt: skip
    time = forms.TimeField(
        label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)

    def clean(self) -> dict[str, Any]:
        """Read the time where the person lives; refuse the future and what is too long ago."""
        given = super().clean()
        self.at = clock.now()
        if given.get("when") == EARLIER:
            self._take_time(given)
        return given

    def _take_time(self, given: dict[str, Any]) -> None:
        for name in ("day", "time"):
            if given.get(name) is None and name not in self.errors:
                self.add_error(name, _("Tell us the day and the time."))
        if given.get("day") is None or given.get("time") is None:
            return
        at = datetime.combine(given["day"], given["time"], self.zone)
        now = clock.now()
        if at > now:
            self.add_error("day", _("This is in the future. Choose when you measured."))
        elif at < now - OLDEST:
            self.add_error("day", _("This is too long ago. Enter a day within the last year."))
        self.at = at


class CorrectionForm(ValuesForm):
    """The right values of a measurement that was typed in."""

    reason = forms.CharField(
        label=_("What was wrong?"),
        max_length=REASON_LENGTH,
        required=False,
        help_text=_("A few words help your care team."),
    )


class WithdrawalForm(forms.Form):
    """Why a measurement does not count."""

    reason = forms.ChoiceField(
        label=_("Why should it not count?"),
        choices=[
            ("other-person", _("It was another person")),
            ("mistake", _("It was a mistake")),
            ("device", _("The device did not work well")),
        ],
        widget=forms.RadioSelect,
    )


def canonical_initial(values: dict[int, float], kind: Kind, jurisdiction: str) -> dict[str, str]:
    """Return what a form shows of stored values (by metric number), in the person's units."""
    initial: dict[str, str] = {}
    for metric in kind.metrics:
        if metric.number in values:
            unit = units.unit_for(metric, jurisdiction)
            initial[metric.code] = f"{units.in_unit(values[metric.number], metric, unit)}"
    return initial


def kind_of_metrics(codes: set[str], kinds: tuple[Kind, ...]) -> Kind:
    """Return the kind of measurement that has these metrics."""
    return next(
        kind for kind in kinds if kind.needed[0] in codes or codes <= {one.code for one in kind.metrics}
    )


class FileForm(forms.Form):
    """A file with readings."""

    file = forms.FileField(label=_("The file"), help_text=_("A CSV file from Dexcom, LibreView or Tidepool."))
    order = forms.ChoiceField(
        label=_("What comes first in dates of this file?"),
        choices=[("", _("I do not know")), ("day", _("The day")), ("month", _("The month"))],
        required=False,
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is too large. Export fewer days at a time."))
        return file
