"""What can be booked, and with whom."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.scheduling.rules.slots import MAXIMUM_VISIT_MINUTES, Timing

MAXIMUM_BUFFER_MINUTES = 120


class Mode(models.TextChoices):
    """How the two meet."""

    VIDEO = "video", _("Video")
    PHONE = "phone", _("Telephone")
    AUDIO = "audio", _("Voice in the browser, no picture")
    IN_PERSON = "in_person", _("In person at the clinic")


def choose_text(texts: dict[str, str], language: str | None = None) -> str:
    """The text in that language (default: the page's), else in English, else in whichever there is."""
    code = (language or get_language() or "en").split("-")[0]
    return texts.get(code) or texts.get("en") or next(iter(texts.values()), "")


class Service(Record):
    """A kind of visit: "New patient visit, 40 minutes, by video or telephone"."""

    class BookedBy(models.TextChoices):
        ANYONE = "anyone", _("Patients, new ones too, and staff")
        KNOWN_PATIENTS = "known_patients", _("Patients already known here, and staff")
        STAFF = "staff", _("Staff only")

    names = models.JSONField(default=dict)
    instructions = models.JSONField(default=dict, blank=True)
    duration_minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(5), MaxValueValidator(MAXIMUM_VISIT_MINUTES)]
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAXIMUM_BUFFER_MINUTES)]
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAXIMUM_BUFFER_MINUTES)]
    )
    step_minutes = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    modes = ArrayField(models.CharField(max_length=12, choices=Mode.choices))
    booked_by = models.CharField(max_length=20, choices=BookedBy.choices, default=BookedBy.ANYONE)
    notice_minutes = models.PositiveIntegerField(default=30, validators=[MaxValueValidator(60 * 24 * 30)])
    horizon_days = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    red_flags = models.JSONField(default=list, blank=True)
    needs_licence = models.BooleanField(default=True)
    takes_walk_ins = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(modes__len__gt=0) & models.Q(modes__contained_by=Mode.values),
                name="service_modes_known",
            ),
            models.CheckConstraint(
                condition=models.Q(duration_minutes__range=(5, MAXIMUM_VISIT_MINUTES))
                & models.Q(step_minutes__range=(5, 240)),
                name="service_times_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return choose_text(self.names)

    @property
    def instruction(self) -> str:
        """What to prepare, in the language of the page."""
        return choose_text(self.instructions)

    @property
    def timing(self) -> Timing:
        """Duration, buffers and step, as the rules want them."""
        return Timing(
            self.duration_minutes, self.buffer_before_minutes, self.buffer_after_minutes, self.step_minutes
        )

    @property
    def mode_choices(self) -> list[tuple[str, Any]]:
        """The ways this service can be had, in the fixed order, with words."""
        return [(value, label) for value, label in Mode.choices if value in self.modes]


class ServiceOffer(Record):
    """That a practitioner offers a service."""

    service = TenantForeignKey(Service, on_delete=models.CASCADE, related_name="offers")
    practitioner = TenantForeignKey("directory.Practitioner", related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "service", "practitioner"], name="service_offer_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
