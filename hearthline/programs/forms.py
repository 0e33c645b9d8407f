"""Forms of programs: enrolling, consent, lending, set-up, review."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models import Consent, ConsentText
from hearthline.directory.models.consents import ConsentKind
from hearthline.directory.services.consents import is_usable
from hearthline.fleet.models import Asset
from hearthline.monitoring.episodes.models import REASON_LENGTH, Episode
from hearthline.programs.lending import lendable
from hearthline.programs.models import NOTE_LENGTH, Program, ProgramReview

SIGNER_LENGTH = 201
MOST_LENDABLE = 200  # in a list to choose from; more are found by their serial number


class EnrollForm(forms.Form):
    """The program and why this person takes part."""

    program = forms.ModelChoiceField(label=_("Program"), queryset=Program.objects.none())
    reason = forms.CharField(
        label=_("Why is it needed?"),
        help_text=_("The order for this person, in your name."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LENGTH,
    )
    is_established = forms.BooleanField(
        label=_("The patient was seen by us before"), help_text=_("Payers ask."), required=False
    )

    def __init__(self, data: Any = None, *, language: str) -> None:
        super().__init__(data)
        field = self.fields["program"]
        field.queryset = Program.objects.filter(retired_at=None)  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: one.definition.name_in(language)  # type: ignore[attr-defined]


class ConsentForm(forms.Form):
    """Agreement that was spoken."""

    text = forms.ModelChoiceField(label=_("The text that was read out"), queryset=ConsentText.objects.none())
    signer_name = forms.CharField(label=_("Who agreed"), max_length=SIGNER_LENGTH)
    signer_relationship = forms.ChoiceField(
        label=_("Who that is"), choices=Consent.Relationship.choices, widget=forms.RadioSelect
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["text"]
        field.queryset = usable_texts()  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: f"{one.title} ({one.get_language_display()})"  # type: ignore[attr-defined]


def usable_texts() -> QuerySet[ConsentText]:
    """Return the newest published text about monitoring in each language, if people may be asked with it."""
    newest: dict[str, ConsentText] = {}
    rows = ConsentText.objects.filter(kind=ConsentKind.MONITORING, published_at__isnull=False)
    for text in rows.order_by("version"):
        newest[text.language] = text
    return ConsentText.objects.filter(pk__in=[one.pk for one in newest.values() if is_usable(one)])


class LendForm(forms.Form):
    """Which thing is lent."""

    asset = forms.ModelChoiceField(label=_("Device"), queryset=Asset.objects.none())

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["asset"]
        field.queryset = lendable()  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: f"{one.get_kind_display()} · {one} · {one.serial}"  # type: ignore[attr-defined]


class SetUpForm(forms.Form):
    """The day the person was shown how to measure."""

    on = forms.DateField(label=_("Day of the set-up"), widget=forms.DateInput(attrs={"type": "date"}))
    has_medical_device = forms.BooleanField(
        label=_("The device is a medical device by law and sends by itself"), required=False
    )


class ReviewForm(forms.Form):
    """How it goes, and what follows."""

    decision = forms.ChoiceField(
        label=_("What follows"), choices=ProgramReview.Decision.choices, widget=forms.RadioSelect
    )
    end_reason = forms.ChoiceField(
        label=_("If it ends: why"), choices=[("", _("Choose")), *Episode.EndReason.choices], required=False
    )
    note = forms.CharField(
        label=_("How it goes"), widget=forms.Textarea(attrs={"rows": 4}), max_length=NOTE_LENGTH
    )

    def __init__(self, data: Any = None, *, is_last_phase: bool) -> None:
        super().__init__(data)
        if is_last_phase:
            left_out = ProgramReview.Decision.NEXT_PHASE
            self.fields["decision"].choices = [  # type: ignore[attr-defined]
                one for one in ProgramReview.Decision.choices if one[0] != left_out
            ]

    def clean(self) -> dict[str, Any]:
        """An end has a reason."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("decision") == ProgramReview.Decision.END and not values.get("end_reason"):
            self.add_error("end_reason", _("Choose why it ends."))
        return values
