"""Patients: who they are, how to reach them safely, and what they need to take part."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.directory import names, places, rules
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantModel, TenantOneToOneField
from hearthline.tenancy.models import ZONE_LENGTH, validate_jurisdiction, validate_zone

LANGUAGE_LENGTH = 8
TELEPHONE_LENGTH = 32
EMAIL_LENGTH = 254
ADDRESS_LENGTH = 300
SAFE_WORD_LENGTH = 60
NOTE_LENGTH = 500
INDEX_BYTES = 32


def validate_language(value: str) -> None:
    """Refuse a language that is not in the list."""
    if value not in places.LANGUAGE_CODES and value not in places.SIGN_LANGUAGE_CODES:
        raise ValidationError(_("Choose a language from the list."))


class Patient(Record):
    """A person in the care of one organization. Names and birth date are searched and sorted, contacts are sealed."""

    class Gender(models.TextChoices):
        MALE = "male", _("Male")
        FEMALE = "female", _("Female")
        OTHER = "other", _("Another gender")
        UNKNOWN = "unknown", _("Not said")

    class SexAtBirth(models.TextChoices):
        FEMALE = "F", _("Female")
        MALE = "M", _("Male")
        OTHER = "OTH", _("Other")
        NOT_SAID = "ASKU", _("Asked, not said")
        UNKNOWN = "UNK", _("Not known")

    class Interpreter(models.TextChoices):
        NONE = "none", _("No interpreter needed")
        SPOKEN = "spoken", _("Interpreter of a spoken language")
        SIGN = "sign", _("Sign language interpreter")

    class InterpreterGender(models.TextChoices):
        WOMAN = "woman", _("A woman")
        MAN = "man", _("A man")

    given_names = models.CharField(max_length=names.NAME_LENGTH, blank=True)
    family_name = models.CharField(max_length=names.NAME_LENGTH, blank=True)
    preferred_name = models.CharField(max_length=names.NAME_LENGTH, blank=True)
    pronouns = models.CharField(max_length=40, blank=True)
    birth_date = models.DateField()
    gender = models.CharField(max_length=10, choices=Gender.choices, default=Gender.UNKNOWN)
    sex_at_birth = models.CharField(max_length=4, choices=SexAtBirth.choices, default=SexAtBirth.UNKNOWN)
    zone = models.CharField(max_length=ZONE_LENGTH, validators=[validate_zone])
    language = models.CharField(max_length=LANGUAGE_LENGTH, default="en", validators=[validate_language])
    interpreter = models.CharField(max_length=6, choices=Interpreter.choices, default=Interpreter.NONE)
    interpreter_language = models.CharField(
        max_length=LANGUAGE_LENGTH, blank=True, validators=[validate_language]
    )
    interpreter_gender = models.CharField(max_length=6, choices=InterpreterGender.choices, blank=True)
    interpreter_name = models.CharField(max_length=names.NAME_LENGTH, blank=True)
    telephone = EncryptedTextField(max_length=TELEPHONE_LENGTH, blank=True, default="")
    telephone_index = models.BinaryField(max_length=INDEX_BYTES, null=True, editable=False)
    second_telephone = EncryptedTextField(max_length=TELEPHONE_LENGTH, blank=True, default="")
    email = EncryptedTextField(max_length=EMAIL_LENGTH, blank=True, default="")
    email_index = models.BinaryField(max_length=INDEX_BYTES, null=True, editable=False)
    address = EncryptedTextField(max_length=ADDRESS_LENGTH, blank=True, default="")
    jurisdiction = models.CharField(max_length=6, blank=True, validators=[validate_jurisdiction])
    emergency_contact_name = EncryptedTextField(max_length=names.NAME_LENGTH, blank=True, default="")
    emergency_contact_telephone = EncryptedTextField(max_length=TELEPHONE_LENGTH, blank=True, default="")
    emergency_contact_relationship = models.CharField(max_length=60, blank=True)
    deceased_on = models.DateField(null=True, blank=True)
    merged_into = TenantForeignKey("self", null=True, blank=True, related_name="merged_records")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["family_name", "given_names", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(given_names="") | ~Q(family_name=""), name="patient_has_name"
            ),
            models.CheckConstraint(
                condition=Q(birth_date__gte=dt.date(1850, 1, 1)), name="patient_birth_date_plausible"
            ),
            models.CheckConstraint(
                condition=Q(deceased_on__isnull=True) | Q(deceased_on__gte=models.F("birth_date")),
                name="patient_died_after_birth",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="patient_not_merged_into_self",
            ),
            models.CheckConstraint(
                condition=Q(interpreter="none", interpreter_language="")
                | (~Q(interpreter="none") & ~Q(interpreter_language="")),
                name="patient_interpreter_language",
            ),
            models.CheckConstraint(
                condition=~Q(interpreter="none") | Q(interpreter_gender="", interpreter_name=""),
                name="patient_interpreter_wishes",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "family_name", "given_names"], name="patient_by_name"),
            models.Index(fields=["organization", "birth_date"], name="patient_by_birth_date"),
            models.Index(fields=["organization", "telephone_index"], name="patient_by_telephone"),
            models.Index(fields=["organization", "email_index"], name="patient_by_email"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def full_name(self) -> str:
        """The name as it is said, for pages (wrap it in ``<bdi>``)."""
        return names.full_name(given=self.given_names, family=self.family_name)

    @property
    def listed_name(self) -> str:
        """The name as lists sort it."""
        return names.listed_name(given=self.given_names, family=self.family_name)

    @property
    def called_name(self) -> str:
        """What to call the person: the preferred name, else the first given name, else the family name."""
        first = self.given_names.split(" ")[0] if self.given_names else self.family_name
        return self.preferred_name or first

    @property
    def page_language(self) -> str:
        """The language of pages and messages to this person: theirs where the pages speak it, else English."""
        return self.language if self.language in places.PAGE_LANGUAGE_CODES else "en"

    @property
    def needs_interpreter(self) -> bool:
        """Whether a visit needs an interpreter."""
        return self.interpreter != self.Interpreter.NONE

    def age_on(self, on_date: dt.date) -> rules.Age:
        """Return the age on a day."""
        return rules.age(self.birth_date, on_date)


class PatientNameToken(TenantModel):
    """One folded word of a patient's names: search by any word's beginning uses an index under the wall."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="name_tokens")
    token = models.CharField(max_length=names.TOKEN_LENGTH, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "patient", "token"], name="patient_token_unique"),
        ]
        indexes = [models.Index(fields=["organization", "token"], name="patient_token_prefix")]

    def __str__(self) -> str:
        return str(self.id)


class PatientLanguage(TenantModel):
    """A further language that a patient speaks."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="other_languages")
    language = models.CharField(max_length=LANGUAGE_LENGTH, validators=[validate_language])

    class Meta:
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "patient", "language"], name="patient_language_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.language


class AccessNeed(Record):
    """Something a patient needs in order to take part."""

    class Kind(models.TextChoices):
        CAPTIONS = "captions", _("Live captions")
        RELAY = "relay", _("Telephone relay service")
        LARGE_PRINT = "large_print", _("Large print")
        SCREEN_READER = "screen_reader", _("Uses a screen reader")
        EASY_WORDS = "easy_words", _("Easy words and more time")
        HEARING_LOOP = "hearing_loop", _("Hearing loop")
        WHEELCHAIR = "wheelchair", _("Step-free place")
        HELPER = "helper", _("A helper at the visit")
        TELEPHONE_ONLY = "telephone_only", _("Telephone, no video")
        BREAKS = "breaks", _("Breaks during the visit")

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="access_needs")
    kind = models.CharField(max_length=20, choices=Kind.choices)

    class Meta:
        ordering = ["kind"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "patient", "kind"], name="access_need_unique"),
        ]

    def __str__(self) -> str:
        return self.kind


class SafeContact(Record):
    """How a patient may be reached without harm. A patient without a row has the defaults of ``ContactRules``."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("Text message")
        VOICE = "voice", _("Telephone call")
        PORTAL = "portal", _("Only on these pages")

    patient = TenantOneToOneField(Patient, on_delete=models.CASCADE, related_name="safe_contact")
    preferred = models.CharField(max_length=6, choices=Channel.choices, default=Channel.EMAIL)
    is_email_allowed = models.BooleanField(default=True)
    is_sms_allowed = models.BooleanField(default=True)
    is_voice_allowed = models.BooleanField(default=True)
    is_voicemail_allowed = models.BooleanField(default=False)
    is_telephone_shared = models.BooleanField(default=False)
    allowed_from = models.TimeField(null=True, blank=True)
    allowed_until = models.TimeField(null=True, blank=True)
    safe_word = EncryptedTextField(max_length=SAFE_WORD_LENGTH, blank=True, default="")
    note = EncryptedTextField(max_length=NOTE_LENGTH, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "patient"], name="safe_contact_unique"),
            models.CheckConstraint(
                condition=Q(allowed_from__isnull=True, allowed_until__isnull=True)
                | (Q(allowed_from__isnull=False) & Q(allowed_until__isnull=False)),
                name="safe_contact_hours_both",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def contact_rules(self) -> rules.ContactRules:
        """The row as the pure rules read it."""
        return rules.ContactRules(
            preferred=rules.Channel(self.preferred),
            is_email_allowed=self.is_email_allowed,
            is_sms_allowed=self.is_sms_allowed,
            is_voice_allowed=self.is_voice_allowed,
            is_voicemail_allowed=self.is_voicemail_allowed,
            is_telephone_shared=self.is_telephone_shared,
            allowed_from=self.allowed_from,
            allowed_until=self.allowed_until,
        )
