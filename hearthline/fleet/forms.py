"""Forms for things that are lent."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hearthline.fleet import rules
from hearthline.fleet.incident_rules import INCIDENT_MOVES, Cause, IncidentState, Solution
from hearthline.fleet.incidents import technicians
from hearthline.fleet.models import NOTE_LENGTH, SERIAL_LENGTH, Asset
from hearthline.fleet.rules import State
from hearthline.fleet.services import MAXIMUM_SERIALS
from hearthline.foundation import clock
from hearthline.identity.models import Membership


class AddForm(forms.ModelForm[Asset]):
    """Several things of one make."""

    serials = forms.CharField(
        label=_("Serial numbers"),
        help_text=_("One a line, as printed on the thing; a scanner can write them here."),
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        max_length=MAXIMUM_SERIALS * (SERIAL_LENGTH + 2),
    )

    class Meta:
        model = Asset
        fields = ("kind", "manufacturer", "model", "udi", "is_medical_device", "acquired_on")
        widgets = {"acquired_on": forms.DateInput(attrs={"type": "date"})}

    def clean_serials(self) -> list[str]:
        """Return the serial numbers, without blanks and repetitions."""
        lines = (line.strip() for line in self.cleaned_data["serials"].splitlines())
        serials = list(dict.fromkeys(line for line in lines if line))
        if len(serials) > MAXIMUM_SERIALS:
            raise ValidationError(_("At most %(most)d at a time.") % {"most": MAXIMUM_SERIALS})
        too_long = next((one for one in serials if len(one) > SERIAL_LENGTH), None)
        if too_long is not None:
            raise ValidationError(
                _("“%(serial)s…” is too long for a serial number.") % {"serial": too_long[:20]}
            )
        return serials

    def clean_acquired_on(self) -> Any:
        """Refuse a day that is yet to come."""
        day = self.cleaned_data["acquired_on"]
        if day is not None and day > clock.now().date():
            raise ValidationError(_("This day is yet to come."))
        return day


class MoveForm(forms.Form):
    """The next step of one thing."""

    to = forms.ChoiceField(label=_("Next"), widget=forms.RadioSelect)
    is_cleaned = forms.BooleanField(label=_("It was cleaned, and its memory wiped"), required=False)
    note = forms.CharField(
        label=_("Note"), help_text=_("No names of patients."), max_length=NOTE_LENGTH, required=False
    )

    def __init__(self, data: Any = None, *, state: State) -> None:
        super().__init__(data)
        self.fields["to"].choices = [(one.value, one.label) for one in rules.MOVES[state]]  # type: ignore[attr-defined]
        if state not in rules.NEEDS_CLEANING:
            del self.fields["is_cleaned"]


class FilterForm(forms.Form):
    """Which things are listed."""

    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *State.choices], required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All")), *rules.Kind.choices], required=False)
    words = forms.CharField(
        label=_("Serial number, maker or model"), max_length=SERIAL_LENGTH, required=False
    )


def _comment() -> forms.CharField:
    return forms.CharField(
        label=_("Comment"), help_text=_("No names of patients."), max_length=NOTE_LENGTH, required=False
    )


class StepForm(forms.Form):
    """The next step with an incident."""

    to = forms.ChoiceField(label=_("Next"), widget=forms.RadioSelect)
    solution = forms.ChoiceField(
        label=_("What it was"), choices=[("", "—"), *Solution.choices], required=False
    )
    comment = _comment()

    def __init__(self, data: Any = None, *, state: IncidentState) -> None:
        super().__init__(data)
        moves = INCIDENT_MOVES[state]
        self.fields["to"].choices = [(one.value, STEP_WORDS.get((state, one), one.label)) for one in moves]  # type: ignore[attr-defined]
        if len(moves) == 1:
            self.fields["to"].initial = moves[0].value
        if IncidentState.SOLVED not in moves:
            del self.fields["solution"]


STEP_WORDS = {
    (IncidentState.OPEN, IncidentState.TAKEN): _("I take it"),
    (IncidentState.REOPENED, IncidentState.TAKEN): _("I take it"),
    (IncidentState.WAITING, IncidentState.TAKEN): _("I go on with it"),
    (IncidentState.TAKEN, IncidentState.OPEN): _("I give it back"),
    (IncidentState.SOLVED, IncidentState.REOPENED): _("It is not solved: open it again"),
}


class HandOverForm(forms.Form):
    """Who has an incident from now on."""

    to = forms.ChoiceField(label=_("To whom"))
    comment = _comment()

    def __init__(self, data: Any = None, *, owner_id: Any = None) -> None:
        super().__init__(data)
        others: list[Membership] = [one for one in technicians() if one.user_id != owner_id]
        self.fields["to"].choices = [(str(one.user_id), one.user.name) for one in others]  # type: ignore[attr-defined]


class IncidentFilterForm(forms.Form):
    """Which incidents are listed."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Not solved")), ("all", _("All")), *IncidentState.choices],
        required=False,
    )
    cause = forms.ChoiceField(label=_("Cause"), choices=[("", _("All")), *Cause.choices], required=False)
    is_own = forms.BooleanField(label=_("Mine"), required=False)
