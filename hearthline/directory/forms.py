"""Forms about a patient, for staff and for the patient."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.directory import choices, places
from hearthline.directory.models import AccessNeed, Caregiver, CareRelationship, Consent, Patient, SafeContact
from hearthline.directory.models.identifiers import IdentifierIssuer
from hearthline.directory.models.patients import ADDRESS_LENGTH, EMAIL_LENGTH, NOTE_LENGTH, SAFE_WORD_LENGTH
from hearthline.directory.rules import IDENTIFIER_LENGTH
from hearthline.identity.actor import Actor
from hearthline.tenancy.models import Organization

TELEPHONE_HINT = _("With the area code. We use it to call you back when a visit drops.")


class PatientForm(forms.Form):
    """A form about a patient, made for the organization of the actor."""

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organization = Organization.objects.get(pk=actor.organization_id)
        self.country = organization.jurisdiction.partition("-")[0]
        for field in self.fields.values():
            if isinstance(field, choices.TelephoneField):
                field.region = self.country

    def offer(self, name: str, options: places.Choices) -> None:
        """Offer these choices only."""
        field: Any = self.fields[name]
        field.choices = options


class NamedForm(PatientForm):
    """A form with the person's names, of which at least one is there."""

    def clean(self) -> dict[str, Any]:
        """Ask for a name, whichever."""
        cleaned = super().clean() or {}
        has_failed = {"given_names", "family_name"} & set(self.errors)
        if not has_failed and not (cleaned.get("given_names") or cleaned.get("family_name")):
            self.add_error("given_names", _("Write at least one name, with letters."))
        return cleaned


class PersonForm(NamedForm):
    """Who the person is; changed by staff."""

    given_names = choices.NameField(
        label=_("Given names"), required=False, help_text=_("All of them, as on an identity document.")
    )
    family_name = choices.NameField(
        label=_("Family name"),
        required=False,
        help_text=_("One or two. A person with a single name writes it here."),
    )
    preferred_name = choices.NameField(label=_("Name the person likes to be called"), required=False)
    pronouns = forms.CharField(label=_("Pronouns"), required=False, max_length=40)
    birth_date = choices.DayField(label=_("Birth date"))
    gender = forms.ChoiceField(
        label=_("Gender"), choices=Patient.Gender.choices, initial=Patient.Gender.UNKNOWN
    )
    sex_at_birth = forms.ChoiceField(
        label=_("Sex at birth"), choices=Patient.SexAtBirth.choices, initial=Patient.SexAtBirth.UNKNOWN
    )


class EditPersonForm(PersonForm):
    deceased_on = choices.DayField(label=_("Day of death"), required=False)


class ContactForm(PatientForm):
    """How to reach the person."""

    telephone = choices.TelephoneField(label=_("Telephone"), required=False, help_text=TELEPHONE_HINT)
    second_telephone = choices.TelephoneField(label=_("Second telephone"), required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=EMAIL_LENGTH)
    address = forms.CharField(
        label=_("Home address"),
        required=False,
        max_length=ADDRESS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    jurisdiction = choices.jurisdiction_field(
        label=_("State or country of home"),
        required=False,
        help_text=_("We ask at each visit where you are then."),
    )
    zone = choices.zone_field(label=_("Time zone"), help_text=_("Times in messages are written in it."))


class NeedsForm(PatientForm):
    """Languages and what the person needs to take part."""

    language = choices.language_field(label=_("Language you like best"))
    other_languages = choices.several(places.language_choices, label=_("Other languages you speak"))
    interpreter = forms.ChoiceField(label=_("Interpreter at visits"), choices=Patient.Interpreter.choices)
    interpreter_language = choices.interpreter_language_field(label=_("Language of the interpreter"))
    interpreter_gender = choices.interpreter_gender_field(label=_("Who should interpret"))
    interpreter_name = choices.NameField(label=_("An interpreter you know"), required=False)
    access_needs = choices.several(AccessNeed.Kind.choices, label=_("What helps you take part"))

    def clean(self) -> dict[str, Any]:
        """Ask for the interpreter's language when one is needed."""
        cleaned = super().clean() or {}
        is_needed = cleaned.get("interpreter") not in (None, Patient.Interpreter.NONE)
        if is_needed and not cleaned.get("interpreter_language"):
            self.add_error("interpreter_language", _("Choose the language of the interpreter."))
        return cleaned


class OwnAccessForm(PatientForm):
    """What the person needs to take part, on a page of its own."""

    access_needs = choices.several(AccessNeed.Kind.choices, label=_("What helps you take part"))


class OwnNeedsForm(NeedsForm):
    """As ``NeedsForm``, with what the person calls themselves, and access on its own page."""

    access_needs = None  # type: ignore[assignment]

    preferred_name = choices.NameField(label=_("Name you like to be called"), required=False)
    pronouns = forms.CharField(label=_("Pronouns"), required=False, max_length=40)
    field_order = ("preferred_name", "pronouns")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("other_languages", places.short_language_choices(self.initial.get("other_languages", ())))


class OwnContactForm(ContactForm):
    """As ``ContactForm``, with lists short enough for a page that has to be light."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone, home = (str(self.initial.get(name) or "") for name in ("zone", "jurisdiction"))
        self.offer("zone", places.short_zone_choices(self.country, zone))
        self.offer("jurisdiction", [("", "—"), *places.short_jurisdiction_choices(self.country, home)])


class EmergencyContactForm(PatientForm):
    """Whom to call when something happens."""

    emergency_contact_name = choices.NameField(label=_("Name"), required=False)
    emergency_contact_telephone = choices.TelephoneField(label=_("Telephone"), required=False)
    emergency_contact_relationship = forms.CharField(
        label=_("Who is this person to you?"), required=False, max_length=60
    )


class SafeContactForm(PatientForm):
    """How a person may be reached without harm."""

    preferred = forms.ChoiceField(
        label=_("How do you like to hear from us?"), choices=SafeContact.Channel.choices
    )
    is_email_allowed = forms.BooleanField(label=_("You may send me e-mail"), required=False)
    is_sms_allowed = forms.BooleanField(label=_("You may send me text messages"), required=False)
    is_voice_allowed = forms.BooleanField(label=_("You may call me"), required=False)
    is_voicemail_allowed = forms.BooleanField(label=_("You may leave a voice message"), required=False)
    is_telephone_shared = forms.BooleanField(
        label=_("Other people use or see my telephone"),
        required=False,
        help_text=_("Then our messages say only that there is news, never from whom or what about."),
    )
    allowed_from = forms.TimeField(
        label=_("Not before"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    allowed_until = forms.TimeField(
        label=_("Not after"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    safe_word = forms.CharField(
        label=_("Safe word"),
        required=False,
        max_length=SAFE_WORD_LENGTH,
        help_text=_("When you say it, we act as if we had the wrong number."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for both hours or none."""
        cleaned = super().clean() or {}
        if bool(cleaned.get("allowed_from")) != bool(cleaned.get("allowed_until")) and not self.errors:
            self.add_error("allowed_until", _("Write both times, or none."))
        return cleaned


class StaffSafeContactForm(SafeContactForm):
    note = forms.CharField(
        label=_("Note for colleagues"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RegistrationForm(PersonForm):
    """What staff write down to make a record."""

    telephone = choices.TelephoneField(label=_("Telephone"), required=False, help_text=TELEPHONE_HINT)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=EMAIL_LENGTH)
    zone = choices.zone_field(label=_("Time zone"))
    language = choices.language_field(label=_("Language the person likes best"))


class OwnRegistrationForm(NamedForm):
    """What a person writes about themselves to begin."""

    given_names = choices.NameField(
        label=_("Given names"), required=False, help_text=_("All of them, as on your identity document.")
    )
    family_name = choices.NameField(
        label=_("Family name"),
        required=False,
        help_text=_("One or two. If you have a single name, write it here."),
    )
    birth_date = choices.DayField(label=_("Birth date"))
    telephone = choices.TelephoneField(label=_("Telephone"), help_text=TELEPHONE_HINT)
    zone = choices.zone_field(label=_("Time zone"))
    language = choices.language_field(label=_("Language you like best"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("zone", places.short_zone_choices(self.country, str(self.initial.get("zone", ""))))


class SearchForm(PatientForm):
    """Find a patient: what is known, the rest left empty."""

    name = choices.NameField(
        label=_("Name"), required=False, help_text=_("The beginning of any of the names.")
    )
    birth_date = choices.DayField(label=_("Birth date"), required=False)
    identifier = forms.CharField(
        label=_("Record or insurance number"), required=False, max_length=IDENTIFIER_LENGTH
    )
    telephone = choices.TelephoneField(label=_("Telephone"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for something to look for."""
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.values()):
            self.add_error("name", _("Write a name, a birth date, a number or a telephone."))
        return cleaned


class IdentifierForm(PatientForm):
    issuer = forms.ModelChoiceField(label=_("Whose number"), queryset=IdentifierIssuer.objects.none())
    value = forms.CharField(label=_("Number"), max_length=IDENTIFIER_LENGTH)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        issuers = IdentifierIssuer.objects.filter(organization_id=actor.organization_id, is_active=True)
        self.fields["issuer"].queryset = issuers  # type: ignore[attr-defined]


class CaregiverForm(PatientForm):
    """Somebody who acts for the patient."""

    name = choices.NameField(label=_("Name of the caregiver"))
    email = forms.EmailField(
        label=_("E-mail of the caregiver"),
        max_length=EMAIL_LENGTH,
        help_text=_("They get an invitation to make an account of their own. Never share your password."),
    )
    relationship = forms.ChoiceField(
        label=_("Who is this to the patient?"), choices=Caregiver.Relationship.choices
    )
    may_book = forms.BooleanField(label=_("May book and change visits"), required=False, initial=True)
    may_join_visits = forms.BooleanField(label=_("May join visits"), required=False, initial=True)
    may_message = forms.BooleanField(label=_("May write to the care team"), required=False, initial=True)
    may_see_record = forms.BooleanField(label=_("May see the record"), required=False)
    ends_on = choices.DayField(label=_("Last day"), required=False, help_text=_("Leave empty for no end."))

    def clean(self) -> dict[str, Any]:
        """Ask for something that the caregiver may do."""
        cleaned = super().clean() or {}
        scope = ("may_book", "may_join_visits", "may_message", "may_see_record")
        if not any(cleaned.get(name) for name in scope):
            self.add_error("may_book", _("Choose at least one thing the caregiver may do."))
        return cleaned


class StaffCaregiverForm(CaregiverForm):
    source = forms.ChoiceField(label=_("By whose word"), choices=Caregiver.Source.choices)


class SpokenConsentForm(PatientForm):
    """Agreement that staff heard, or have on paper."""

    kind = forms.ChoiceField(label=_("What the person agreed to"), choices=())
    method = forms.ChoiceField(label=_("How"), choices=Consent.Method.choices[1:])
    signer_name = choices.NameField(label=_("Who agreed"))
    signer_relationship = forms.ChoiceField(
        label=_("Who is this to the patient?"), choices=Consent.Relationship.choices
    )


class CareForm(PatientForm):
    """A practitioner or a team takes up the care of the patient."""

    by = forms.ChoiceField(label=_("Practitioner or team"), choices=())
    kind = forms.ChoiceField(label=_("Kind of care"), choices=CareRelationship.Kind.choices)
    ends_on = choices.DayField(label=_("Last day"), required=False, help_text=_("Leave empty for no end."))


class MergeForm(forms.Form):
    """Which record stays, and how one knows."""

    decision = forms.ChoiceField(
        label=_("What is true?"),
        widget=forms.RadioSelect,
        choices=[
            ("first", _("One person: keep the first record")),
            ("second", _("One person: keep the second record")),
            ("different", _("Two different people")),
        ],
    )
    reason = forms.CharField(label=_("How do you know?"), max_length=300, required=False)


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label=_("Why?"), max_length=300)
