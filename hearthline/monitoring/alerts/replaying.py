"""Replay a rule on the clinic's own last thirty days, before anyone has to live with it."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.adherence import asked_of
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.rules.adherence import replay_plan
from hearthline.monitoring.alerts.rules.burden import Burden, replay
from hearthline.monitoring.alerts.rules.kinds import Adherence, Kind, Limit
from hearthline.monitoring.alerts.rules.looks import Sample
from hearthline.monitoring.alerts.spending import DAYS, Spent, spent
from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Latest, MonitoredPatient
from hearthline.monitoring.readings.series import series_of

# Enough people to know, few enough to wait for; the rest is said by proportion.
MOST_PEOPLE = 200
MOST_PLANS = 60  # whose plans are replayed: each day of each is looked at
PLANS_AT_ONCE = 20
MOST_VALUES = 400_000  # values looked at; a tenth of it where each looks back over many


@dataclass(frozen=True)
class Replayed:
    """What a replay says. ``before``: the version in force, over the same values; ``monitored``: all of the clinic.

    ``others``: alerts of all other rules in the clinic's real last thirty days.
    """

    after: Burden
    before: Burden | None
    monitored: int
    others: int
    spent: Spent

    @property
    def minutes_per_alert(self) -> float:
        """A nurse's minutes for one alert."""
        return self.spent.minutes_per_alert

    @property
    def total(self) -> float:
        """All alerts in thirty days of the whole clinic, were this rule in force: those of others and its own."""
        scale = self.monitored / self.after.people if self.after.people else 0.0
        return self.others + self.after.alerts * scale

    @property
    def total_per_100(self) -> float:
        """The same for each hundred days of one person."""
        return self.spent.per_100(self.total)

    @property
    def minutes_a_day(self) -> float:
        """The nurse's minutes a day in the whole clinic."""
        return self.after.minutes_a_day(people=self.monitored, minutes_per_alert=self.minutes_per_alert)

    @property
    def is_over_budget(self) -> bool:
        """Whether the clinic has said that it cannot answer so many, all its rules together."""
        return self.spent.is_over(self.total)

    @property
    def written(self) -> dict[str, Any]:
        """As kept with the approval."""
        return asdict(self.after) | {"minutes_a_day": round(self.minutes_a_day, 1), "days": DAYS}


def replay_rule(*, actor: Actor, rule: Rule) -> Replayed:
    """Replay a rule (and the version in force) over the values that it would have judged.

    Whoever calls has asked ``access``; the answer holds sums only.
    """
    kind = rule.kind
    if isinstance(kind, Adherence):
        return _replay_adherence(actor, rule, kind)
    numbers = _people(actor, rule)
    before_kind = _in_force(rule)
    after, before = Burden(), Burden()
    seen, most = 0, MOST_VALUES if isinstance(rule.kind, Limit) else MOST_VALUES // 10
    for number in numbers[:MOST_PEOPLE]:
        samples = _samples(actor, number, rule.kind)
        after = after.plus(replay(rule.kind, samples))
        if before_kind is not None:
            before = before.plus(replay(before_kind, samples))
        seen += len(samples)
        if seen > most:
            break
    return _replayed(actor, rule, after, before if before_kind is not None else None, len(numbers))


def _replayed(actor: Actor, rule: Rule, after: Burden, before: Burden | None, people: int) -> Replayed:
    now_spent = spent(actor.organization_id)
    days = round(after.patient_days * people / after.people) if after.people else 0
    now_spent = replace(now_spent, patient_days=max(now_spent.patient_days, days))
    return Replayed(
        after=after,
        before=before,
        monitored=people,
        others=now_spent.alerts_without(rule.code),
        spent=now_spent,
    )


def _replay_adherence(actor: Actor, rule: Rule, kind: Adherence) -> Replayed:
    """Replay against the plans that people had, looked at once a day."""
    now = clock.now()
    since = now - timedelta(days=DAYS)
    planned = PlannedMeasurement.objects.filter(organization_id=actor.organization_id, metric=kind.metric)
    people = MonitoredPatient.objects.filter(pk__in=planned.values("monitored")).order_by("number")
    if rule.monitored_id is not None:
        people = people.filter(pk=rule.monitored_id)
    before_kind = _in_force(rule)
    after, before, seen = Burden(), Burden(), 0
    looked_back = max(one.days for one in (kind, before_kind) if isinstance(one, Adherence))
    chosen = list(people[:MOST_PLANS])
    for some in (chosen[place : place + PLANS_AT_ONCE] for place in range(0, len(chosen), PLANS_AT_ONCE)):
        for one in asked_of(actor.organization_id, some, since - timedelta(days=looked_back), now):
            if one.metric != kind.metric:
                continue
            after = after.plus(replay_plan(kind, one.measuring, since=since, until=now))
            if isinstance(before_kind, Adherence):
                before = before.plus(replay_plan(before_kind, one.measuring, since=since, until=now))
            seen += len(one.measuring.moments)
        if seen > MOST_VALUES // 10:
            break
    return _replayed(actor, rule, after, before if before_kind is not None else None, people.count())


def _in_force(rule: Rule) -> Kind | None:
    active = Rule.objects.filter(code=rule.code, monitored=rule.monitored, state=Rule.State.ACTIVE)
    current = active.exclude(pk=rule.pk).first()
    return current.kind if current is not None else None


def _people(actor: Actor, rule: Rule) -> list[int]:
    if rule.monitored_id is not None:
        return list(MonitoredPatient.objects.filter(pk=rule.monitored_id).values_list("number", flat=True))
    found = Latest.objects.filter(
        organization_id=actor.organization_id, metric=BY_CODE[rule.kind.metric].number
    )
    return list(found.order_by("patient_number").values_list("patient_number", flat=True))


def _samples(actor: Actor, number: int, kind: Kind) -> list[Sample]:
    now = clock.now()
    series = series_of(
        organization_id=actor.organization_id,
        patient_number=number,
        metric=BY_CODE[kind.metric].number,
        since=now - timedelta(days=DAYS),
        until=now,
    ).for_statistics()
    columns = (series.at_us, series.device_number, series.value, series.flags)
    return [Sample(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]
