"""People who sign in, and what they are in each organization."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.foundation.models import Record
from hearthline.identity.roles import Role
from hearthline.tenancy.models import ZONE_LENGTH, validate_zone


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

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return str(self.id)


class Membership(Record):
    """What a person is in one organization. A person reads their own across organizations, to switch."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices))
    is_active = models.BooleanField(default=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivation_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_unique"),
            models.CheckConstraint(
                condition=models.Q(roles__len__gt=0)
                & models.Q(roles__contained_by=[role.value for role in Role]),
                name="membership_roles_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id}"
