"""Forms of results. They turn words into values; rules and services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.charting.results.models import Acknowledgement, CriticalResult, Hold, Laboratory, MachineToken
from hearthline.charting.results.models.senders import NAME_LENGTH, NUMBER_LENGTH, WORDS_LENGTH
from hearthline.charting.results.models.work import TOLD_BY_LENGTH
from hearthline.charting.results.services import LONGEST_HOLD
from hearthline.directory.models import IdentifierIssuer, Practitioner
from hearthline.directory.names import NAME_LENGTH as PATIENT_NAME_LENGTH

MAX_CORRECTED_LENGTH = 500_000  # of a message that a person edits; longer ones are set aside and sent again
DAYS = ((30, _("30 days")), (90, _("90 days")), (180, _("half a year")), (365, _("a year")))


def _words(label: Any, *, required: bool = False, hint: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(
        label=label, required=required, max_length=WORDS_LENGTH, widget=area, help_text=hint
    )


class AcknowledgeForm(forms.Form):
    """What will be done."""

    plan = forms.ChoiceField(label=_("What will be done"), choices=Acknowledgement.Plan.choices)
    words = _words(_("In your words"))
    version = forms.UUIDField(widget=forms.HiddenInput)


class HandOverForm(forms.Form):
    """Who answers for it from now on."""

    to = forms.ModelChoiceField(label=_("Hand over to"), queryset=Practitioner.objects.none())
    words = _words(_("What they should know"))

    def __init__(self, *args: Any, practitioners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = practitioners
        field.label_from_instance = lambda practitioner: practitioner.full_name


class HoldForm(forms.Form):
    """Why the patient does not see it yet."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Hold.Reason.choices)
    words = _words(_("In your words"), required=True, hint=_("The patient may ask why. Write it so."))
    days = forms.IntegerField(
        label=_("For how many days"), min_value=1, max_value=LONGEST_HOLD.days, initial=1
    )


class ReadBackForm(forms.Form):
    """The facts of taking a critical value."""

    how = forms.ChoiceField(label=_("How you learned it"), choices=CriticalResult.How.choices)
    told_by = forms.CharField(
        label=_("Who told you"),
        required=False,
        max_length=TOLD_BY_LENGTH,
        help_text=_("The person at the laboratory, when somebody called."),
    )
    said = forms.CharField(
        label=_("Read the value back"),
        max_length=TOLD_BY_LENGTH,
        help_text=_("Write the value as you read or heard it, without the unit."),
    )


class MatchForm(forms.Form):
    """Who to look for."""

    name = forms.CharField(label=_("Name"), required=False, max_length=PATIENT_NAME_LENGTH)
    birth_date = forms.DateField(
        label=_("Birth date"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    identifier = forms.CharField(label=_("Record number"), required=False, max_length=NUMBER_LENGTH)

    def clean(self) -> dict[str, Any]:
        """Ask for something to look for."""
        values = super().clean() or self.cleaned_data
        if not any(values.get(name) for name in self.fields):
            raise forms.ValidationError(_("Enter a name, a birth date or a number."))
        return values


class ReasonForm(forms.Form):
    """Why it is done so."""

    reason = _words(_("Why"), required=True)


class ChooseForm(ReasonForm):
    """The patient that a person chose, and why it is this one."""

    patient = forms.UUIDField(widget=forms.HiddenInput)


class CorrectForm(ReasonForm):
    """The message as it should have come."""

    text = forms.CharField(
        label=_("Corrected message"),
        max_length=MAX_CORRECTED_LENGTH,
        widget=forms.Textarea(attrs={"rows": 12}),
    )


class LaboratoryForm(forms.ModelForm[Laboratory]):
    """A laboratory that may send."""

    class Meta:
        model = Laboratory
        fields = [
            "name", "sending_application", "sending_facility", "issuer", "zone", "charset", "addresses",
            "certificate_fingerprint", "is_active",
        ]  # fmt: skip
        labels = {
            "name": _("Name"),
            "sending_application": _("Sending application (MSH-3)"),
            "sending_facility": _("Sending facility (MSH-4)"),
            "issuer": _("Whose patient numbers it sends"),
            "zone": _("Time zone"),
            "charset": _("Character set"),
            "addresses": _("Addresses it may send from"),
            "certificate_fingerprint": _("SHA-256 fingerprint of its certificate"),
            "is_active": _("Messages are taken"),
        }
        help_texts = {
            "issuer": _("Empty: a number of any kind is looked for."),
            "zone": _("For times that come without a zone."),
            "charset": _("For messages that do not say it in MSH-18."),
            "addresses": _(
                "IP addresses or networks with spaces between them. Empty: from wherever the door is open."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["issuer"]
        field.queryset = IdentifierIssuer.objects.filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        """Refuse a sender that is listed already: the constraint would, without words."""
        values = super().clean() or self.cleaned_data
        same = Laboratory.objects.filter(
            sending_application=values.get("sending_application", ""),
            sending_facility=values.get("sending_facility", ""),
        )
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("sending_application", _("A laboratory with these names is listed already."))
        return values


class TokenForm(forms.Form):
    """A machine to let in."""

    name = forms.CharField(label=_("Which machine"), max_length=NAME_LENGTH)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=MachineToken.Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    laboratory = forms.ModelChoiceField(
        label=_("For which laboratory it sends"), queryset=Laboratory.objects.none(), required=False
    )
    days = forms.TypedChoiceField(label=_("For how long"), choices=DAYS, coerce=int, initial=180)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["laboratory"]
        field.queryset = Laboratory.objects.filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        """Ask for the laboratory of a machine that sends."""
        values = super().clean() or self.cleaned_data
        if MachineToken.Scope.FILE in values.get("scopes", []) and not values.get("laboratory"):
            self.add_error("laboratory", _("Choose the laboratory whose results it sends."))
        return values
