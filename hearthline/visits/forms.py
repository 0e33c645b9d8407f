"""Forms of preparing, the door, and the clinician's decisions."""

from typing import Any, cast
from uuid import UUID

import phonenumbers
from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from hearthline.directory.choices import NameField, TelephoneField
from hearthline.directory.models import Practitioner
from hearthline.directory.places import jurisdiction_choices
from hearthline.directory.rules import normal_telephone
from hearthline.imaging.intake.choices import BodySite, Laterality
from hearthline.imaging.intake.forms import KEY_PATTERN
from hearthline.visits.choices import (
    DeviceState,
    EndReason,
    ExaminationDevice,
    InterpreterChannel,
    ParticipantRole,
    Question,
    TechnologyFault,
)
from hearthline.visits.models.interpreters import NUMBER_LENGTH
from hearthline.visits.models.preparation import CAPTION_LENGTH
from hearthline.visits.models.quality import COMMENT_LENGTH
from hearthline.visits.models.room import NAME_LENGTH
from hearthline.visits.models.visit import COMPANY_LENGTH, PLACE_LENGTH

TEXT_LENGTH = 3000
TELEPHONED_ROLES = (ParticipantRole.FAMILY, ParticipantRole.CLINICIAN, ParticipantRole.ATTENDANT)
BIRTH_YEARS = 130
KILOBITS_MOST = 10_000_000
SCALE = [(5, _("Very good")), (4, _("Good")), (3, _("Fair")), (2, _("Poor")), (1, _("Very poor"))]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("What would you like help with?"),
        help_text=_("In your own words. You can say more in the visit."),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class SymptomsForm(forms.Form):
    SYMPTOMS = [
        ("fever", _("Fever or chills")),
        ("pain", _("Pain")),
        ("breath", _("Short of breath")),
        ("dizzy", _("Dizzy or weak")),
        ("sleep", _("Trouble sleeping")),
        ("mood", _("Low mood or worry")),
        ("none", _("None of these")),
    ]
    symptoms = forms.MultipleChoiceField(
        label=_("Do you have any of these now?"), choices=SYMPTOMS, widget=forms.CheckboxSelectMultiple
    )
    since = forms.CharField(label=_("Since when?"), max_length=100, required=False)

    def clean_symptoms(self) -> list[str]:
        """Refuse "none" beside something."""
        chosen: list[str] = self.cleaned_data["symptoms"]
        if "none" in chosen and len(chosen) > 1:
            raise forms.ValidationError(
                _("You chose “None of these” and something else. Choose one or the other.")
            )
        return chosen


class MedicinesForm(forms.Form):
    takes = forms.ChoiceField(
        label=_("Do you take any medicines?"),
        help_text=_("Also drops, sprays, herbs and what you buy without a prescription."),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    medicines = forms.CharField(
        label=_("Which ones?"),
        help_text=_("One on each line, with the strength if you know it."),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    allergies = forms.CharField(
        label=_("Are you allergic to any medicine?"), max_length=TEXT_LENGTH, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Ask which ones if there are any."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("takes") == "yes" and not cleaned.get("medicines"):
            self.add_error("medicines", _("Write the names of your medicines, or choose “No”."))
        return cleaned


class PhotosForm(forms.Form):
    photo = forms.FileField(
        label=_("Add a photo"),
        help_text=_("JPEG, PNG or WebP. You can also go on without photos."),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )
    caption = forms.CharField(label=_("What does it show?"), max_length=CAPTION_LENGTH, required=False)


class ConsentForm(forms.Form):
    agrees = forms.BooleanField(
        label=_("I agree"), error_messages={"required": _("Tick “I agree” to have this visit by video.")}
    )


class LocationForm(forms.Form):
    jurisdiction = forms.ChoiceField(
        label=_("Which state or country are you in now?"),
        help_text=_("Your clinician may only treat you where they have a licence."),
        choices=jurisdiction_choices,
    )
    place = forms.CharField(
        label=_("What is the address?"),
        help_text=_(
            "Where you will be during the visit. If you need help in an emergency, we send it there."
        ),
        max_length=PLACE_LENGTH,
    )
    call_back_number = forms.CharField(
        label=_("Which number can we call?"),
        help_text=_("A phone that is with you during the visit."),
        max_length=32,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    may_call_when_lost = forms.BooleanField(
        label=_("Call me on this number if the video breaks off"), required=False, initial=True
    )

    def clean_call_back_number(self) -> str:
        """Return the number in its international form."""
        region = self.data.get("jurisdiction", "US").partition("-")[0]
        number = normal_telephone(self.cleaned_data["call_back_number"], region)
        if number is None or not phonenumbers.is_possible_number(phonenumbers.parse(number)):
            raise forms.ValidationError(
                _("This does not look like a phone number. Write it with the area code.")
            )
        return number


class CompanyForm(forms.Form):
    alone = forms.ChoiceField(
        label=_("Who is with you?"),
        choices=[("alone", _("I am alone")), ("company", _("Somebody is with me"))],
        widget=forms.RadioSelect,
    )
    company = forms.CharField(
        label=_("Who?"),
        help_text=_("Their name and who they are to you."),
        max_length=COMPANY_LENGTH,
        required=False,
    )
    may_speak_freely = forms.ChoiceField(
        label=_("Can you speak freely?"),
        choices=[("yes", _("Yes")), ("no", _("No, ask me by chat first"))],
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        """Ask who it is if somebody is there."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("alone") == "company" and not cleaned.get("company"):
            self.add_error("company", _("Write who is with you, or choose “I am alone”."))
        cleaned["is_alone"] = cleaned.get("alone") == "alone"
        return cleaned


QUESTION_FORMS: dict[Question, type[forms.Form]] = {
    Question.REASON: ReasonForm,
    Question.SYMPTOMS: SymptomsForm,
    Question.MEDICINES: MedicinesForm,
    Question.PHOTOS: PhotosForm,
    Question.CONSENT: ConsentForm,
    Question.LOCATION: LocationForm,
    Question.COMPANY: CompanyForm,
}


class DeviceCheckForm(forms.Form):
    """What the device check's script found; a person without script sends it empty."""

    camera = forms.ChoiceField(choices=DeviceState.choices, required=False)
    microphone = forms.ChoiceField(choices=DeviceState.choices, required=False)
    speaker = forms.ChoiceField(choices=DeviceState.choices, required=False)
    network = forms.ChoiceField(choices=DeviceState.choices, required=False)
    transport = forms.ChoiceField(
        choices=[(name, name) for name in ("udp", "tcp", "tls", "direct")], required=False
    )
    round_trip_ms = forms.IntegerField(min_value=0, max_value=60_000, required=False)
    kilobits_per_second = forms.IntegerField(min_value=0, max_value=KILOBITS_MOST, required=False)
    is_in_app_browser = forms.BooleanField(required=False)
    is_voice_only = forms.BooleanField(required=False)

    def findings(self) -> dict[str, Any]:
        """Return what to keep; what was not looked at stays unknown."""
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


class DoorForm(forms.Form):
    family_name = forms.CharField(
        label=_("Your last name"),
        help_text=_("The patient's name, if you are here for somebody else."),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    birth_date = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
    )


class InvitationForm(forms.Form):
    name = forms.CharField(label=_("Name of the guest"), max_length=NAME_LENGTH)
    role = forms.ChoiceField(
        label=_("In what part"),
        choices=[
            (ParticipantRole.FAMILY.value, ParticipantRole.FAMILY.label),
            (ParticipantRole.INTERPRETER.value, ParticipantRole.INTERPRETER.label),
            (ParticipantRole.ATTENDANT.value, ParticipantRole.ATTENDANT.label),
            (ParticipantRole.OBSERVER.value, ParticipantRole.OBSERVER.label),
        ],
    )


class StillForm(forms.Form):
    """A still of an examination camera: the picture, what took it, and of what."""

    device = forms.ChoiceField(label=_("What is the camera?"), choices=ExaminationDevice.choices)
    body_site = forms.ChoiceField(
        label=_("Where on the body?"), choices=[("", _("Choose")), *BodySite.choices]
    )
    laterality = forms.ChoiceField(label=_("Which side?"), choices=[("", _("Choose")), *Laterality.choices])
    is_sensitive = forms.BooleanField(
        label=_("Cover this photo until somebody asks to see it"), required=False
    )
    picture = forms.FileField()
    key = forms.RegexField(KEY_PATTERN)
    wished_by = forms.UUIDField(required=False)


class BoardKeepForm(forms.Form):
    """A picture with its marks, drawn into it."""

    picture = forms.FileField()
    key = forms.RegexField(KEY_PATTERN)


class TelephonedForm(forms.Form):
    """Somebody who is asked in by telephone."""

    name = NameField(label=_("Who is asked in?"), max_length=NAME_LENGTH)
    role = forms.ChoiceField(
        label=_("In what part"), choices=[(one.value, one.label) for one in TELEPHONED_ROLES]
    )
    telephone = TelephoneField(label=_("Telephone"))
    language = forms.ChoiceField(label=_("Language of the call"), choices=settings.LANGUAGES)


class InterpreterRequestForm(forms.Form):
    """Whom to ask for an interpreter, and how they take part."""

    channel = forms.ChoiceField(label=_("Takes part"), choices=InterpreterChannel.choices)
    agency = NameField(label=_("Agency"), max_length=NAME_LENGTH, required=False)
    telephone = TelephoneField(label=_("Telephone"), required=False)


class InterpreterNameForm(forms.Form):
    """Who the interpreter is: the name, or the number that agencies give instead."""

    name = NameField(label=_("Your name"), max_length=NAME_LENGTH, required=False)
    number = forms.CharField(label=_("Or your interpreter number"), max_length=NUMBER_LENGTH, required=False)


class ColleagueForm(forms.Form):
    colleague = forms.TypedChoiceField(label=_("Clinician of this clinic"), coerce=UUID)

    def __init__(self, *given: Any, colleagues: QuerySet[Practitioner], **options: Any) -> None:
        super().__init__(*given, **options)
        field = cast("forms.TypedChoiceField", self.fields["colleague"])
        field.choices = [("", _("Choose somebody")), *((one.pk, one.full_name) for one in colleagues)]


class EndForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("How did it come out?"), choices=EndReason.choices, initial=EndReason.COMPLETED
    )


class RatingForm(forms.Form):
    care = forms.TypedChoiceField(
        label=_("How was the care?"),
        choices=SCALE,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    technology = forms.TypedChoiceField(
        label=_("How did picture and sound work?"),
        choices=SCALE,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    faults = forms.MultipleChoiceField(
        label=_("What did not work?"),
        choices=TechnologyFault.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    comment = forms.CharField(
        label=_("Anything else?"),
        max_length=COMMENT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a form on which nothing is said; it would count as an answer."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Choose at least one answer, or leave this page."))
        return cleaned
