"""The demo's named people: staff of the clinic, three patients with stories, a caregiver, and a stranger elsewhere."""

from dataclasses import dataclass, field

from hearthline.identity.roles import Role


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in to the demo."""

    key: str
    given: str
    family: str
    roles: frozenset[Role]
    language: str = "en"
    title: str = ""
    credential: str = ""
    specialty: str = ""
    spoken: tuple[str, ...] = ("en",)
    jurisdictions: tuple[str, ...] = ("US-TX",)
    offers: tuple[str, ...] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """The name as it is shown."""
        return " ".join(part for part in (self.title, self.given, self.family) if part)

    def email(self, domain: str) -> str:
        """The invented address (the domain is reserved for examples, RFC 2606)."""
        return f"{self.key.replace('_', '.')}@{domain}"


def _staff(key: str, given: str, family: str, role: Role, **values: object) -> Person:
    return Person(key, given, family, frozenset({role}), **values)  # type: ignore[arg-type]


EVERYDAY = ("checkup", "talk", "follow_up")
STAFF = [
    _staff(
        "amara",
        "Amara",
        "Lindqvist",
        Role.PHYSICIAN,
        title="Dr.",
        credential="MD",
        specialty="family",
        spoken=("en", "es"),
        jurisdictions=("US-TX", "US-NM"),
        offers=EVERYDAY,
    ),
    _staff(
        "priya",
        "Priya",
        "Raman",
        Role.PHYSICIAN,
        title="Dr.",
        credential="DO",
        specialty="internal",
        spoken=("en", "hi"),
        offers=EVERYDAY,
    ),
    _staff(
        "yusuf",
        "Yusuf",
        "Haddad",
        Role.PHYSICIAN,
        title="Dr.",
        credential="MD",
        specialty="cardiology",
        spoken=("en", "ar"),
        jurisdictions=("US-TX", "US-OK"),
        offers=EVERYDAY,
    ),
    _staff(
        "elena",
        "Elena",
        "Marín",
        Role.PHYSICIAN,
        title="Dr.",
        credential="MD",
        specialty="pediatrics",
        spoken=("en", "es"),
        offers=EVERYDAY,
    ),
    _staff(
        "tomas",
        "Tomás",
        "Varga",
        Role.SPECIALIST,
        title="Dr.",
        credential="MD",
        specialty="dermatology",
        offers=("skin",),
    ),
    _staff("ines", "Ines", "Okafor", Role.NURSE, credential="RN", specialty="nursing", offers=("nurse",)),
    Person(
        "daniel",
        "Daniel",
        "Whitehorse",
        frozenset({Role.NURSE, Role.NURSE_IN_CHARGE}),
        credential="RN",
        specialty="nursing",
        offers=("nurse",),
    ),
    _staff("june", "June", "Whitfield", Role.NAVIGATOR),
    _staff("pat", "Pat", "Holloway", Role.HUB_ATTENDANT),
    _staff("simone", "Simone", "Achebe", Role.ADMINISTRATOR),
    _staff("lee", "Lee", "Castellan", Role.TECHNICIAN),
    _staff("miriam", "Miriam", "Stone", Role.AUDITOR),
]
ROSA = Person("rosa", "Rosa", "Delgado", frozenset({Role.PATIENT}), language="es")
HAROLD = Person("harold", "Harold", "Jensen", frozenset({Role.PATIENT}))
LAYLA = Person("layla", "ليلى", "منصور", frozenset({Role.PATIENT}), language="ar")
MATEO = Person("mateo", "Mateo", "Delgado", frozenset({Role.CAREGIVER}), language="es")
PATIENTS = [ROSA, HAROLD, LAYLA]
STRANGER = _staff(
    "quentin",
    "Quentin",
    "Marsh",
    Role.PHYSICIAN,
    title="Dr.",
    credential="MD",
    specialty="internal",
    jurisdictions=("US-NY",),
)
OUTSIDE_SPECIALIST = _staff(
    "noor",
    "Noor",
    "Halabi",
    Role.SPECIALIST,
    title="Dr.",
    credential="MD",
    specialty="dermatology",
    spoken=("en", "ar"),
    jurisdictions=("US-NY", "US-TX"),
)
STRANGER_ADMINISTRATOR = _staff("bea", "Bea", "Nakamura", Role.ADMINISTRATOR)
