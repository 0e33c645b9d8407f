"""How ready a visit is, made of facts alone: one function for the rescue desk and for the clinician's day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from enum import StrEnum
from uuid import UUID

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hearthline.scheduling.models import Requirement
from hearthline.scheduling.queries import get_licence_periods
from hearthline.visits.choices import DeviceState, Modality, Question
from hearthline.visits.models import DeviceCheck, Visit
from hearthline.visits.needs import missing_words, unmet_requirements

BROKEN = frozenset({DeviceState.DENIED, DeviceState.MISSING, DeviceState.BUSY, DeviceState.FAILED})
WEAK = frozenset({DeviceState.WEAK, DeviceState.FAILED})
TESTED = ("camera", "microphone", "speaker", "network")
HEALTH = frozenset({Question.REASON, Question.SYMPTOMS})


class Fact(StrEnum):
    """Something that is so before a visit that will go well."""

    OPENED = "opened"
    DEVICES = "devices"
    QUESTIONS = "questions"
    CONSENT = "consent"
    COVERAGE = "coverage"
    REQUIREMENTS = "requirements"
    LICENCE = "licence"
    ADDRESS = "address"


LABELS: dict[Fact, str | Promise] = {
    Fact.OPENED: gettext_lazy("Link opened"),
    Fact.DEVICES: gettext_lazy("Device test"),
    Fact.QUESTIONS: gettext_lazy("Questions about health"),
    Fact.CONSENT: gettext_lazy("Consent"),
    Fact.COVERAGE: gettext_lazy("Coverage"),
    Fact.REQUIREMENTS: gettext_lazy("Interpreter, captions, relay"),
    Fact.LICENCE: gettext_lazy("Place and licence"),
    Fact.ADDRESS: gettext_lazy("Address for an emergency"),
}
# Without these a visit is not ready; the others are told and hold nobody up.
NEEDED = frozenset({Fact.CONSENT, Fact.REQUIREMENTS, Fact.LICENCE, Fact.ADDRESS})
BY_BROWSER = frozenset({Fact.OPENED, Fact.DEVICES})


@dataclass(frozen=True)
class Known:
    """One fact: whether it is so, and what is known of it in a word or two."""

    fact: Fact
    is_so: bool
    detail: str = ""

    @property
    def label(self) -> str | Promise:
        """What the fact is called."""
        return LABELS[self.fact]


@dataclass(frozen=True)
class Readiness:
    """The facts that count for one visit; what it does not need is left out."""

    facts: tuple[Known, ...]
    unmet: tuple[Requirement, ...] = ()

    @property
    def missing(self) -> list[Known]:
        """What is not so yet."""
        return [one for one in self.facts if not one.is_so]

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing without which the visit cannot go well."""
        return not any(one.fact in NEEDED for one in self.missing)

    @property
    def done(self) -> int:
        """How many facts are so."""
        return len(self.facts) - len(self.missing)

    def lacks(self, fact: Fact) -> bool:
        """Whether a fact counts here and is not so."""
        return any(one.fact == fact for one in self.missing)


def with_facts(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """Return the visits with the rows that readiness is made of."""
    return visits.select_related("patient", "practitioner", "appointment")


def readiness_of(visits: Sequence[Visit]) -> dict[UUID, Readiness]:
    """Return the readiness of some visits, by visit; a handful of queries however many they are."""
    prefetch_related_objects(
        visits,
        "answers",
        "appointment__requirements",
        Prefetch("device_checks", DeviceCheck.objects.order_by("-checked_at"), to_attr="checks"),
    )
    licensed = _licensed(visits)
    unmet = unmet_requirements({visit.appointment_id for visit in visits})
    return {
        visit.pk: _readiness(visit, visit.pk in licensed, tuple(unmet.get(visit.appointment_id, ())))
        for visit in visits
    }


def latest_check(visit: Visit) -> DeviceCheck | None:
    """Return the newest device check of a visit whose readiness was asked for."""
    return next(iter(getattr(visit, "checks", [])), None)


def place_of(visit: Visit) -> str:
    """Return where the patient says they are, or said at booking that they would be."""
    stated = visit.appointment.location_jurisdiction if visit.appointment is not None else ""
    return visit.jurisdiction or stated


def _licensed(visits: Sequence[Visit]) -> set[UUID]:
    groups: dict[tuple[str, date], list[Visit]] = {}
    for visit in visits:
        if place := place_of(visit):
            groups.setdefault((place, visit.starts_at.astimezone(UTC).date()), []).append(visit)
    found = set()
    for (place, day), group in groups.items():
        periods = get_licence_periods({visit.practitioner_id for visit in group}, place, (day, day))
        found |= {visit.pk for visit in group if visit.practitioner_id in periods}
    return found


def _readiness(visit: Visit, is_licensed: bool, unmet: tuple[Requirement, ...]) -> Readiness:
    answered = {answer.question for answer in visit.answers.all()}
    check = latest_check(visit)
    facts = {
        Fact.OPENED: Known(Fact.OPENED, visit.opened_at is not None),
        Fact.DEVICES: Known(Fact.DEVICES, works(check), _score(check)),
        Fact.QUESTIONS: Known(Fact.QUESTIONS, answered >= HEALTH, _count(len(answered), len(Question))),
        Fact.CONSENT: Known(Fact.CONSENT, Question.CONSENT in answered),
        Fact.COVERAGE: Known(Fact.COVERAGE, visit.coverage_checked_at is not None),
        Fact.REQUIREMENTS: Known(Fact.REQUIREMENTS, not unmet, " · ".join(map(missing_words, unmet))),
        Fact.LICENCE: Known(Fact.LICENCE, is_licensed, place_of(visit)),
        Fact.ADDRESS: Known(Fact.ADDRESS, bool(visit.place)),
    }
    is_asked = visit.appointment is not None and bool(visit.appointment.requirements.all())
    unneeded = set() if is_asked else {Fact.REQUIREMENTS}
    if visit.planned_modality == Modality.PHONE:
        unneeded |= BY_BROWSER
    return Readiness(tuple(known for fact, known in facts.items() if fact not in unneeded), unmet)


def works(check: DeviceCheck | None) -> bool:
    """Whether the check found a microphone and a network to be heard by; a camera is wished, not needed."""
    return check is not None and check.microphone == DeviceState.OK and check.network not in WEAK


def _score(check: DeviceCheck | None) -> str:
    if check is None:
        return ""
    return _count(sum(getattr(check, name) == DeviceState.OK for name in TESTED), len(TESTED))


def _count(done: int, total: int) -> str:
    return _("%(done)s of %(total)s") % {"done": done, "total": total}
