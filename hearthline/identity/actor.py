"""Who acts: the one value that every service and access function is given."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hearthline.identity.roles import CARE_TEAM_ROLES, CLINICIAN_ROLES, STAFF_ROLES, Role


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person (or the system) in one organization, as authenticated for this request or job."""

    organization_id: UUID
    user_id: UUID | None
    membership_id: UUID | None = None
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    session_key: str = ""
    is_mfa: bool = False
    is_enrolment_due: bool = False
    authenticated_at: datetime | None = None
    origin: str = ""
    kind: str = "user"

    @classmethod
    def system(cls, organization_id: UUID, name: str) -> "Actor":
        """Return the actor for work that nobody asked for at that moment: jobs, reminders, seals."""
        return cls(organization_id=organization_id, user_id=None, name=name, kind="system")

    @property
    def role_names(self) -> str:
        """The roles as sorted words, for the audit."""
        return " ".join(sorted(role.value for role in self.roles))

    @property
    def is_staff(self) -> bool:
        """Whether the actor works for the organization."""
        return bool(self.roles & STAFF_ROLES)

    @property
    def is_clinician(self) -> bool:
        """Whether the actor treats patients (nurse, physician, specialist)."""
        return bool(self.roles & CLINICIAN_ROLES)

    @property
    def is_care_team(self) -> bool:
        """Whether the actor is a clinician or navigator."""
        return bool(self.roles & CARE_TEAM_ROLES)

    def has_role(self, *roles: Role) -> bool:
        """Whether the actor holds at least one of the roles."""
        return bool(self.roles & set(roles))
