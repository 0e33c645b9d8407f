"""Forms by which an administrator runs the organization."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hearthline.directory import choices, places
from hearthline.directory.models import (
    ConsentKind,
    IdentifierIssuer,
    Licence,
    OrganizationPolicy,
    Practitioner,
)
from hearthline.directory.models.consents import TEXT_LENGTH
from hearthline.directory.models.practitioners import validate_npi
from hearthline.directory.rules import IDENTIFIER_LENGTH

EMERGENCY_HINT = _("What people dial there when a life is in danger, for example 911 or 112.")


class OrganizationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    jurisdiction = choices.jurisdiction_field(label=_("State or country"))
    zone = choices.zone_field(label=_("Time zone"))
    default_language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    telephone = forms.CharField(label=_("Telephone"), max_length=32, required=False)
    emergency_number = forms.RegexField(
        r"^[0-9+ ]{2,16}$", label=_("Emergency number"), max_length=16, help_text=EMERGENCY_HINT
    )
    is_relay_only = forms.BooleanField(
        label=_("Calls always pass through our relay"),
        required=False,
        help_text=_("Nobody in a call can learn another's network address. Calls may start a little later."),
    )


class SiteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    jurisdiction = choices.jurisdiction_field(label=_("State or country"))
    zone = choices.zone_field(label=_("Time zone"))
    telephone = forms.CharField(label=_("Telephone"), max_length=32, required=False)
    emergency_number = forms.RegexField(
        r"^[0-9+ ]{2,16}$", label=_("Emergency number"), max_length=16, help_text=EMERGENCY_HINT
    )
    is_hub = forms.BooleanField(
        label=_("A hub: a room in a library or pharmacy, with an attendant"), required=False
    )
    is_active = forms.BooleanField(label=_("Open"), required=False, initial=True)


class PolicyForm(forms.ModelForm[OrganizationPolicy]):
    class Meta:
        model = OrganizationPolicy
        fields = (
            "nurses_see_all_patients",
            "navigators_see_all_patients",
            "physicians_see_all_patients",
            "relationship_days",
            "is_self_registration_open",
        )
        labels: ClassVar[dict[str, Any]] = {
            "nurses_see_all_patients": _("Nurses see every patient"),
            "navigators_see_all_patients": _("Navigators see every patient"),
            "physicians_see_all_patients": _("Physicians and specialists see every patient"),
            "relationship_days": _("Days a clinician sees a patient after the last visit"),
            "is_self_registration_open": _("People may register themselves"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "physicians_see_all_patients": _(
                "Without it they see the patients they care for, and others by emergency access."
            ),
        }


class PractitionerForm(forms.Form):
    title = forms.CharField(label=_("Title before the name"), max_length=20, required=False)
    given_names = choices.NameField(label=_("Given names"), required=False)
    family_name = choices.NameField(label=_("Family name"))
    credential = forms.CharField(label=_("Credential after the name"), max_length=40, required=False)
    specialty = forms.ChoiceField(label=_("Specialty"), choices=Practitioner.Specialty.choices)
    npi = forms.CharField(label=_("NPI"), max_length=10, required=False, validators=[validate_npi])
    languages = choices.several(places.language_choices, label=_("Languages in which they can care"))
    is_active = forms.BooleanField(label=_("Sees patients"), required=False, initial=True)


class LicenceForm(forms.Form):
    jurisdiction = choices.jurisdiction_field(label=_("State or country"))
    number = forms.CharField(label=_("Number"), max_length=IDENTIFIER_LENGTH)
    valid_from = choices.DayField(label=_("First day"))
    valid_until = choices.DayField(label=_("Last day"))
    status = forms.ChoiceField(label=_("Status"), choices=Licence.Status.choices)
    source = forms.ChoiceField(label=_("How do you know?"), choices=Licence.Source.choices)
    checked_on = choices.DayField(label=_("Checked on"), required=False)


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    members = forms.ModelMultipleChoiceField(
        label=_("Members"),
        queryset=Practitioner.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, practitioners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["members"]
        field.queryset = practitioners
        field.label_from_instance = lambda practitioner: practitioner.full_name


class IssuerForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("For example Record number, or an insurer.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=IdentifierIssuer.Kind.choices)
    system_uri = forms.CharField(
        label=_("System address"),
        max_length=200,
        required=False,
        help_text=_("The URI by which other systems name this kind of number."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class ConsentTextForm(forms.Form):
    kind = forms.ChoiceField(label=_("What people agree to"), choices=ConsentKind.choices)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(
        label=_("Text"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("Short sentences and everyday words. An empty line begins a new paragraph."),
    )


class ReviewForm(forms.Form):
    reviewer_name = choices.NameField(
        label=_("Name of the qualified person who read it"),
        help_text=_("Someone who may answer for it: for the law, and for the language."),
    )
