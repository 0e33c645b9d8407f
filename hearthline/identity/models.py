"""People who sign in, what they are in each organization, and where they are signed in."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.identity.passwords import normalized
from hearthline.identity.roles import SECOND_FACTOR_ROLES, Role
from hearthline.tenancy.context import acting_in, set_context
from hearthline.tenancy.models import ZONE_LENGTH, Organization, Site, validate_zone

HASH_LENGTH = 64  # SHA-256 in hexadecimal
IS_ATTENDANT = models.Q(roles__contains=[Role.HUB_ATTENDANT.value])
HAS_SITE = models.Q(site__isnull=False)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person who can sign in with an e-mail address (unique whatever its case)."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person with an account. Belongs to the installation; what they may do hangs on memberships."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    zone = models.CharField(max_length=ZONE_LENGTH, blank=True, validators=[validate_zone])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    is_enrolment_due = models.BooleanField(default=False)  # second factors were reset, no new one yet
    last_organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return str(self.id)

    def set_password(self, raw_password: str | None) -> None:
        """Keep the hash of the password as every keyboard would type it."""
        super().set_password(None if raw_password is None else normalized(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Compare with the hash, whatever the keyboard's way of composing letters."""
        return super().check_password(None if raw_password is None else normalized(raw_password))

    def active_memberships(self) -> "list[Membership]":
        """Return the memberships that let the person in, oldest first; works before any organization is signed in."""
        return [one for one in self._open_memberships() if one.locked_at is None]

    def enter_memberships(self) -> "list[Membership]":
        """Return the active memberships, and leave the open transaction speaking for the person alone."""
        set_context(None, self.id)
        return [one for one in self._seen_memberships() if one.locked_at is None]

    def locked_memberships(self) -> "list[Membership]":
        """Return the memberships that wait for their own administrator after a reset elsewhere."""
        return [one for one in self._open_memberships() if one.locked_at is not None]

    def _open_memberships(self) -> "list[Membership]":
        with acting_in(None, self.id):
            return self._seen_memberships()

    def _seen_memberships(self) -> "list[Membership]":
        return list(
            Membership.objects.filter(user_id=self.id, is_active=True, organization__is_active=True)
            .select_related("organization")
            .order_by("created_at")
        )

    @property
    def is_second_factor_forced(self) -> bool:
        """Whether a reset or any of the person's roles demands a second factor, in locked memberships too."""
        return self.is_enrolment_due or self.opens_others_records

    @property
    def opens_others_records(self) -> bool:
        """Whether the person works in any organization or acts for a patient, locked memberships included."""
        return any(SECOND_FACTOR_ROLES.intersection(one.roles) for one in self._open_memberships())

    @property
    def password_context(self) -> list[str]:
        """Names of the person's organizations: words that must not carry a password."""
        return [one.organization.name for one in self.active_memberships()]


class Membership(Record):
    """What a person is in one organization. A person reads their own across organizations, to switch."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices))
    site = TenantForeignKey(Site, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivation_reason = models.CharField(max_length=200, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_unique"),
            models.CheckConstraint(
                condition=models.Q(roles__len__gt=0)
                & models.Q(roles__contained_by=[role.value for role in Role]),
                name="membership_roles_known",
            ),
            # Attendants made before sites were asked for keep a closed row; an open one needs its site.
            models.CheckConstraint(
                condition=~IS_ATTENDANT | HAS_SITE | models.Q(is_active=False),
                name="membership_attendant_has_site",
            ),
            models.CheckConstraint(condition=~HAS_SITE | IS_ATTENDANT, name="membership_site_is_attendants"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id}"


class SignIn(models.Model):
    """One stay of a person on one device, from sign-in to its end; remembered after it ended.

    The cookie names a row of the session table, which is forgotten and renamed freely; the stay is what limits,
    lists and revocations speak of. Its id is no secret.
    """

    class End(models.TextChoices):
        SIGNED_OUT = "signed_out"
        IDLE = "idle"
        TOO_LONG = "too_long"
        REVOKED = "revoked"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105  (a word, not a secret)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    started_at = models.DateTimeField(default=clock.now, editable=False)
    last_active_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=20, choices=End.choices, blank=True)
    device = models.CharField(max_length=100, blank=True)
    is_shared_device = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["user", "-started_at"], name="sign_in_by_user")]

    def __str__(self) -> str:
        return str(self.id)


class AuthenticatorUse(models.Model):
    """The last time step whose code an authenticator app has spent: a code opens one door, once."""

    authenticator_id = models.BigIntegerField(primary_key=True)
    last_counter = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.authenticator_id)


class Invitation(Record):
    """A door held open for one person: an address, the roles to be given, and a token that works once."""

    class Kind(models.TextChoices):
        STAFF = "staff"
        PATIENT = "patient"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices))
    site = TenantForeignKey(Site, null=True, blank=True, related_name="+")
    about_id = models.UUIDField(null=True, blank=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=HASH_LENGTH)
    sent_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open",
            ),
            models.UniqueConstraint(fields=["organization", "token_hash"], name="invitation_token_unique"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SecondFactorReset(Record):
    """Help for a member who lost every second factor: opened by one person, confirmed by another, used once.

    ``docs/decisions/0005-lost-second-factor.md``. The person reads their own across organizations, to stop them.
    """

    class Check(models.TextChoices):
        KNOWN = "known", _("I know this person well and saw them face to face today")
        DOCUMENT = "document", _("I saw them face to face today and checked a document with a photo")
        VIDEO = (
            "video",
            _("I called the number in their record, then saw them by video, holding a document with a photo"),
        )

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    how_checked = models.CharField(max_length=10, choices=Check.choices)
    reason = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    token_hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    password_mark = models.CharField(max_length=HASH_LENGTH, blank=True)  # the password when it was opened
    wrong_passwords = models.PositiveSmallIntegerField(default=0)
    stopped_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(opened_by=models.F("user")), name="reset_not_own"),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | (~models.Q(confirmed_by=models.F("user")) & ~models.Q(confirmed_by=models.F("opened_by"))),
                name="reset_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(claimed_at__isnull=True)
                | models.Q(confirmed_by__isnull=False, claimed_at__gte=models.F("ready_at")),
                name="reset_claimed_after_waiting",
            ),
            models.CheckConstraint(
                condition=models.Q(claimed_at__isnull=True) | models.Q(stopped_at__isnull=True),
                name="reset_stopped_or_claimed",
            ),
            models.CheckConstraint(
                condition=models.Q(completed_at__isnull=True) | models.Q(claimed_at__isnull=False),
                name="reset_completed_after_claim",
            ),
            models.UniqueConstraint(
                fields=["organization", "user"],
                condition=models.Q(stopped_at__isnull=True, claimed_at__isnull=True),
                name="reset_one_open",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
