"""A form for each kind of rule, made of what the kind itself says it consists of."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from django import forms
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.models.rulebook import (
    CODE_LENGTH,
    LABEL_LENGTH,
    TEXT_LENGTH,
    DirectionChoices,
    SeverityChoices,
)
from hearthline.monitoring.alerts.reasons import SYMPTOMS
from hearthline.monitoring.alerts.rules.kinds import KINDS, Adherence, RuleSettingsError, rule_from
from hearthline.monitoring.readings.metrics import BY_CODE, METRICS

KIND_LABELS: dict[str, str | Promise] = {
    "limit": _("A value beyond a limit"),
    "change": _("A rise or fall within a time"),
    "trend": _("A change from the person's own baseline"),
    "mean": _("An average of days beyond a limit"),
    "score": _("NEWS2 of one complete set"),
    "adherence": _("Too little of what is planned is measured"),
}
LABELS: dict[str, str | Promise] = {
    "metric": _("What is measured"),
    "direction": _("Which side is bad"),
    "limit": _("Limit"),
    "clear": _("Good again from"),
    "is_inclusive": _("The limit itself is already beyond"),
    "run_count": _("So many values in a row"),
    "run_minutes": _("For so many minutes"),
    "ask_minutes": _("Ask for a repeat and wait so many minutes (0: tell at once)"),
    "symptoms": _("Only together with one of these"),
    "symptom_minutes": _("Told within so many minutes of the value"),
    "window_minutes": _("All within so many minutes"),
    "is_scale_2": _("The 88 to 92 % oxygen target is ordered (scale 2)"),
    "amount": _("By how much"),
    "within_minutes": _("Within so many minutes"),
    "doubt_amount": _("From here on it is another person"),
    "recent_days": _("Days that are compared"),
    "baseline_days": _("Days before, as the person's own baseline"),
    "recent_count": _("Values needed in the days that are compared"),
    "baseline_count": _("Values needed in the days before"),
    "days": _("Days"),
    "value_count": _("Values needed"),
    "awaited_count": _("Measurements that must have been planned (of a sensor: quarters of an hour)"),
}
OPTIONAL = frozenset({"doubt_amount", "symptoms", "is_inclusive", "is_scale_2"})


class RuleForm(forms.Form):
    """What a rule is called, how bad it is, why; and the settings of its kind."""

    label = forms.CharField(label=_("Name"), max_length=LABEL_LENGTH)
    code = forms.SlugField(
        label=_("Short name"), help_text=_("Letters, digits and hyphens."), max_length=CODE_LENGTH
    )
    severity = forms.TypedChoiceField(label=_("How bad"), choices=SeverityChoices.choices, coerce=int)

    def __init__(self, *args: Any, kind: str, before: Rule | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for one in fields(KINDS[kind]):
            self.fields[one.name] = _field(one.name, one.type)
            if one.default is not MISSING:
                self.initial.setdefault(one.name, one.default)
        if KINDS[kind].only_direction is not None:
            del self.fields["direction"]
        if kind == Adherence.name:
            for name in ("limit", "clear"):
                self.fields[name].help_text = _("Percent of what was planned.")
        self.fields["source"] = forms.CharField(
            label=_("Where the numbers come from"), max_length=TEXT_LENGTH
        )
        self.fields["reason"] = forms.CharField(
            label=_("Why this rule, or this change"), max_length=TEXT_LENGTH
        )
        if before is not None:
            self.initial.update(before.settings)
            for name in ("label", "code", "severity", "source"):
                self.initial[name] = getattr(before, name)
            self.fields["code"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Let the rule itself have the last word on its settings."""
        values = super().clean() or {}
        try:
            rule_from(self.settings)
        except RuleSettingsError as wrong:
            place = wrong.field if wrong.field in self.fields else None
            self.add_error(place, _("Look at this again: %(problem)s.") % {"problem": wrong.problem})
        return values

    @property
    def settings(self) -> dict[str, Any]:
        """What was filled in of the kind's own settings."""
        names = {one.name for one in fields(KINDS[self.kind])}
        found = {
            name: value
            for name, value in self.cleaned_data.items()
            if name in names and value not in (None, "")
        }
        only = KINDS[self.kind].only_direction
        return {"kind": self.kind, **found, **({"direction": only.value} if only is not None else {})}


def _field(name: str, kind: Any) -> forms.Field:
    shared: dict[str, Any] = {"label": LABELS[name], "required": name not in OPTIONAL}
    if name == "metric":
        return forms.ChoiceField(choices=[(one.code, one.label) for one in METRICS], **shared)
    if name == "direction":
        return forms.ChoiceField(choices=DirectionChoices.choices, **shared)
    if name == "symptoms":
        widget = forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(choices=list(SYMPTOMS.items()), widget=widget, **shared)
    if kind is bool:
        return forms.BooleanField(**shared)
    return forms.IntegerField(**shared) if kind is int else forms.FloatField(**shared)


def settings_in_words(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the settings of a rule as a person reads them, in the order of the form."""
    shown = []
    for name, label in LABELS.items():
        value = settings.get(name)
        if value in (None, [], 0) and value is not False:
            continue
        shown.append((str(label), _word(name, value)))
    return shown


def _word(name: str, value: Any) -> str:
    if name == "metric":
        return str(BY_CODE[value].label)
    if name == "direction":
        return str(DirectionChoices(value).label)
    if name == "symptoms":
        return ", ".join(str(SYMPTOMS.get(code, code)) for code in value)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return localize(int(value) if value == int(value) else value)


class RetireForm(forms.Form):
    reason = forms.CharField(label=_("Why it is retired"), max_length=TEXT_LENGTH)
