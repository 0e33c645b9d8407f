"""What somebody fills in for a protocol: its words, what it answers, and its steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from hearthline.monitoring.alerts.models.rulebook import TEXT_LENGTH as SOURCE_LENGTH
from hearthline.monitoring.alerts.models.rulebook import DirectionChoices
from hearthline.monitoring.protocols.definitions import CODE, MOST_STEPS, MOST_WAIT_MINUTES, TEXT_LENGTH
from hearthline.monitoring.protocols.models import CODE_LENGTH, REASON_LENGTH
from hearthline.monitoring.readings.metrics import METRICS

NAME_LENGTH = 80


class ProtocolForm(forms.Form):
    """What it is called, what it answers, where it comes from and why."""

    code = forms.CharField(
        label=_("Short name"), help_text=_("Small letters, digits and hyphens."), max_length=CODE_LENGTH
    )
    name_en = forms.CharField(label=_("Name, English"), max_length=NAME_LENGTH)
    name_es = forms.CharField(label=_("Name, Spanish"), max_length=NAME_LENGTH, required=False)
    answers = forms.MultipleChoiceField(
        label=_("For alerts about"), widget=forms.CheckboxSelectMultiple, required=False
    )
    source = forms.CharField(label=_("Where it comes from"), max_length=SOURCE_LENGTH)
    reason = forms.CharField(label=_("Why this version"), max_length=REASON_LENGTH)

    def __init__(self, *args: Any, is_next: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answers"].choices = [  # type: ignore[attr-defined]
            (f"{metric.code}:{value}", f"{metric.label}: {label}")
            for metric in METRICS
            for value, label in DirectionChoices.choices
        ]
        self.fields["code"].disabled = is_next

    def clean_code(self) -> str:
        """Refuse what is no code.

        Raises:
            ValidationError: other letters.
        """
        code: str = self.cleaned_data["code"]
        if not CODE.fullmatch(code):
            raise ValidationError(_("Use small letters, digits and hyphens, a letter first."))
        return code


class StepForm(forms.Form):
    """One step; without words it is none."""

    words_en = forms.CharField(label=_("What is done, English"), max_length=TEXT_LENGTH, required=False)
    words_es = forms.CharField(label=_("What is done, Spanish"), max_length=TEXT_LENGTH, required=False)
    wait_minutes = forms.IntegerField(
        label=_("Minutes after the step before"), min_value=0, max_value=MOST_WAIT_MINUTES, required=False
    )


StepForms = formset_factory(
    StepForm, extra=0, min_num=MOST_STEPS, max_num=MOST_STEPS, absolute_max=MOST_STEPS, validate_max=True
)


def initial_of(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a protocol as its forms show it."""
    first = {
        "code": content["code"],
        "name_en": content["name"]["en"],
        "name_es": content["name"].get("es", ""),
        "answers": [f"{one['metric']}:{one['direction']}" for one in content.get("answers", [])],
        "source": content["source"],
    }
    steps = [
        {
            "words_en": one["words"]["en"],
            "words_es": one["words"].get("es", ""),
            "wait_minutes": one.get("wait_minutes", 0),
        }
        for one in content["steps"]
    ]
    return first, steps


def content_of(form: ProtocolForm, steps: BaseFormSet[StepForm]) -> dict[str, Any]:
    """Return what was filled in as a protocol is written down."""
    values = form.cleaned_data
    rows: Sequence[dict[str, Any]] = [one.cleaned_data for one in steps.forms if one.cleaned_data]
    answers = [one.split(":") for one in values["answers"]]
    return {
        "code": values["code"],
        "name": _words(values, "name"),
        "source": values["source"],
        "answers": [{"metric": metric, "direction": direction} for metric, direction in answers],
        "steps": [
            {
                "code": f"step-{number}",
                "words": _words(row, "words"),
                "wait_minutes": row["wait_minutes"] or 0,
            }
            for number, row in enumerate((row for row in rows if row["words_en"]), 1)
        ],
    }


def _words(values: Mapping[str, Any], name: str) -> dict[str, str]:
    found = {language: values[f"{name}_{language}"] for language in ("en", "es")}
    return {language: words for language, words in found.items() if words}


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(label=_("Why"), max_length=REASON_LENGTH)
