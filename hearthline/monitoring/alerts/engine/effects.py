"""What judgements mean for people: alerts, cases, their events, and the order to tell. Rare beside readings.

Every statement carries the organization; an alert's case is the one open case of its person.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from hearthline.foundation import changes
from hearthline.foundation.ids import new_id
from hearthline.monitoring.alerts.engine.books import CompiledRule
from hearthline.monitoring.alerts.engine.judged import Person, moment
from hearthline.monitoring.alerts.rules.judging import Judgement
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.rules.ladder import is_broken
from hearthline.monitoring.alerts.rules.machine import Happening

WORKLIST_TOPIC = "worklist"
Key = tuple[UUID, int, UUID]  # organization, patient number, rule

MONITORED = """
SELECT organization_id, number, id FROM readings_monitoredpatient
JOIN unnest(%s::uuid[], %s::bigint[]) AS wanted (o, p) ON organization_id = o AND number = p
"""
PAUSED = """
SELECT organization_id, monitored_id, NULL::uuid FROM readings_monitoringpause
WHERE monitored_id = ANY (%s) AND starts_at <= %s AND ends_at > %s
UNION ALL
SELECT organization_id, monitored_id, rule_id FROM alerts_suppression
WHERE monitored_id = ANY (%s) AND starts_at <= %s AND ends_at > %s
"""
# A case that was settled, or meets something worse, starts its clock anew and has to be acknowledged again. So does one
# that meets another danger after somebody took it: they took it for what was known then. A clock that still runs is
# left alone, or each new danger would put the breach off.
STARTS_ANEW = f"""(c.is_settled OR excluded.severity > c.severity
    OR (excluded.severity = {Severity.DANGER.value} AND c.acknowledged_at IS NOT NULL))"""
OPEN_CASE = f"""
INSERT INTO alerts_case AS c (id, organization_id, monitored_id, created_at, opened_at, clock_started_at, next_step_at,
  severity, headline, is_settled, steps_reached, ending, comment)
VALUES (%(case_id)s, %(organization)s, %(monitored)s, %(now)s, %(now)s, %(now)s, %(now)s,
  %(severity)s, %(headline)s, false, 0, '', '')
ON CONFLICT (organization_id, monitored_id) WHERE closed_at IS NULL DO UPDATE SET
  severity = CASE WHEN c.is_settled THEN excluded.severity ELSE greatest(c.severity, excluded.severity) END,
  headline = CASE WHEN c.is_settled OR excluded.severity >= c.severity THEN excluded.headline ELSE c.headline END,
  clock_started_at = CASE WHEN {STARTS_ANEW} THEN excluded.clock_started_at ELSE c.clock_started_at END,
  next_step_at = CASE WHEN {STARTS_ANEW} THEN excluded.next_step_at ELSE c.next_step_at END,
  steps_reached = CASE WHEN {STARTS_ANEW} THEN 0 ELSE c.steps_reached END,
  acknowledged_at = CASE WHEN {STARTS_ANEW} THEN NULL ELSE c.acknowledged_at END,
  is_settled = false
RETURNING id
"""  # noqa: S608 - the only text put in is our constant
OPEN_ALERT = """
INSERT INTO alerts_alert (id, organization_id, created_at, monitored_id, case_id, rule_id, state, severity, kind,
  metric, direction, figure, facts, value, observed_at, device_number, measured_at, received_at, raised_at)
VALUES (%(alert_id)s, %(organization)s, %(now)s, %(monitored)s, {case}, %(rule)s, %(state)s, %(severity)s, %(kind)s,
  %(metric)s, %(direction)s, %(figure)s, %(headline)s, %(value)s, %(observed_at)s, %(device)s, %(measured_at)s,
  %(received_at)s, %(now)s)
ON CONFLICT (organization_id, monitored_id, rule_id) WHERE state IN ('open', 'suppressed') AND rule_id IS NOT NULL
DO UPDATE SET state = excluded.state, case_id = excluded.case_id, figure = excluded.figure, facts = excluded.facts,
  raised_at = excluded.raised_at
RETURNING id
"""
EVENT = """
INSERT INTO alerts_alertevent (id, organization_id, monitored_id, case_id, alert_id, rule_id, happening, at, figure,
  note, is_to_tell)
VALUES (%(event_id)s, %(organization)s, %(monitored)s, {case}, {alert}, %(rule)s, %(happening)s, %(now)s, %(figure)s,
  '', %(tell)s)
"""
# The case, its alert and what is to be told of it: one statement, since each is a way to the database and back.
RAISE = f"""
WITH opened AS ({OPEN_CASE}), raised AS ({OPEN_ALERT.format(case="(SELECT id FROM opened)")})
{EVENT.format(case="(SELECT id FROM opened)", alert="(SELECT id FROM raised)")}
"""  # noqa: S608 - as above
HOLD_BACK = f"""
WITH raised AS ({OPEN_ALERT.format(case="NULL")})
{EVENT.format(case="NULL", alert="(SELECT id FROM raised)")}
"""  # noqa: S608 - as above
NOTE = EVENT.format(case="%(case)s", alert="%(alert)s")
WORSEN = """
UPDATE alerts_alert SET figure = %(figure)s, facts = %(headline)s
WHERE organization_id = %(organization)s AND monitored_id = %(monitored)s AND rule_id = %(rule)s
  AND state IN ('open', 'suppressed') RETURNING id, case_id, state
"""
NEW_HEADLINE = """
UPDATE alerts_case SET headline = %(headline)s
WHERE organization_id = %(organization)s AND id = %(case)s AND severity <= %(severity)s
"""
# A danger that got worse after somebody took the case: they are asked again, and whoever else the ladder reaches.
ASK_AGAIN = """
UPDATE alerts_case SET clock_started_at = %(now)s, next_step_at = %(now)s, steps_reached = 0, acknowledged_at = NULL
WHERE organization_id = %(organization)s AND id = %(case)s AND acknowledged_at IS NOT NULL
"""
END_ALERT = """
UPDATE alerts_alert SET state = 'resolved', ended_at = %(now)s
WHERE organization_id = %(organization)s AND monitored_id = %(monitored)s AND rule_id = %(rule)s
  AND state IN ('open', 'suppressed') RETURNING id, case_id, state
"""
# When the last alert of a case is over: a mild case that nobody had to answer yet is done (most alerts end so); any
# other stays, settled, until a person has looked.
SETTLE_CASE = """
UPDATE alerts_case c SET is_settled = true,
  closed_at = CASE WHEN severity = %(mild)s AND owner_id IS NULL THEN %(now)s END,
  ending = CASE WHEN severity = %(mild)s AND owner_id IS NULL THEN 'values' ELSE '' END,
  next_step_at = CASE WHEN severity = %(mild)s AND owner_id IS NULL THEN NULL ELSE next_step_at END
WHERE organization_id = %(organization)s AND id = %(case)s AND closed_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM alerts_alert a WHERE a.organization_id = c.organization_id AND a.case_id = c.id
    AND a.state = 'open')
"""
SNOOZES = """
SELECT id, figure FROM alerts_snooze WHERE organization_id = %(organization)s AND monitored_id = %(monitored)s
  AND rule_id = %(rule)s AND broken_at IS NULL AND until > %(now)s
"""
BREAK_SNOOZE = "UPDATE alerts_snooze SET broken_at = %s WHERE id = ANY (%s)"


@dataclass(frozen=True)
class Effect:
    """Something that happened to a person by a rule. ``was_held``: the rule was active and held back before."""

    person: Person
    rule: CompiledRule
    judgement: Judgement
    facts: dict[str, Any]
    was_held: bool = False

    @property
    def key(self) -> Key:
        """What its state is found by."""
        return (*self.person, self.rule.id)


def apply_effects(cursor: psycopg.Cursor[Any], effects: list[Effect], *, now: datetime) -> dict[Key, bool]:
    """Write what happened, and return for each rule that was raised whether it is held back."""
    effects = sorted(
        effects, key=lambda one: (one.person, one.judgement.sample is not None and one.judgement.sample.at_us)
    )
    ids = _monitored(cursor, effects)
    held_back = _held_back(cursor, list(ids.values()), now)
    held: dict[Key, bool] = {}
    for effect in effects:
        monitored_id = ids[effect.person]
        is_held = not held_back.isdisjoint({(monitored_id, None), (monitored_id, effect.rule.id)})
        writer = _Writer(cursor, effect, monitored_id, now, is_held)
        is_raised = writer.write()
        if is_raised or effect.was_held:
            held[effect.key] = is_held
    for organization in dict.fromkeys(effect.person[0] for effect in effects):
        changed = f"{organization}:{WORKLIST_TOPIC}"
        cursor.execute(
            "SELECT pg_notify(%s, %s), alerts_tell_soon(%s)", [changes.CHANNEL, changed, organization]
        )
    return held


def _monitored(cursor: psycopg.Cursor[Any], effects: list[Effect]) -> dict[Person, UUID]:
    persons = list(dict.fromkeys(effect.person for effect in effects))
    cursor.execute(MONITORED, [[one[0] for one in persons], [one[1] for one in persons]])
    return {(organization, number): monitored_id for organization, number, monitored_id in cursor.fetchall()}


def _held_back(
    cursor: psycopg.Cursor[Any], monitored_ids: list[UUID], now: datetime
) -> set[tuple[UUID, UUID | None]]:
    cursor.execute(PAUSED, [monitored_ids, now, now] * 2)
    return {(monitored_id, rule_id) for _, monitored_id, rule_id in cursor.fetchall()}


class _Writer:
    """Writes one effect."""

    def __init__(
        self, cursor: psycopg.Cursor[Any], effect: Effect, monitored_id: UUID, now: datetime, is_held: bool
    ) -> None:
        self.cursor, self.effect, self.is_held = cursor, effect, is_held
        rule, sample = effect.rule, effect.judgement.sample
        self.values: dict[str, Any] = {
            "organization": effect.person[0],
            "monitored": monitored_id,
            "now": now,
            "rule": rule.id,
            "severity": rule.severity.value,
            "mild": Severity.WATCH.value,
            "headline": Jsonb(effect.facts | {"code": rule.code}),
            "kind": rule.kind.name,
            "metric": rule.metric,
            "direction": rule.kind.direction.value,
            "figure": effect.judgement.figure,
            "value": sample.value if sample else None,
            "observed_at": moment(sample.observed_us) if sample else None,
            "device": sample.device_number if sample else None,
            "measured_at": moment(sample.at_us) if sample else None,
            "received_at": moment(sample.received_us) if sample else None,
            "case": None,
            "alert": None,
        }

    def write(self) -> bool:
        """Write it; return whether the rule was raised."""
        happening = self.effect.judgement.happening
        match happening:
            case Happening.RAISED:
                self._raise()
            case Happening.WORSENED:
                self._worsen()
            case Happening.RESOLVED:
                self._resolve()
            case Happening.ASKED | Happening.SETTLED:
                self._note(happening.value, is_to_tell=happening is Happening.ASKED and not self.is_held)
        return happening is Happening.RAISED

    def _raise(self) -> None:
        if self.is_held and self.effect.was_held:
            return
        self.values |= {
            "state": "suppressed" if self.is_held else "open",
            "happening": "suppressed" if self.is_held else "raised",
            "tell": not self.is_held,
            "case_id": new_id(),
            "alert_id": new_id(),
            "event_id": new_id(),
        }
        self.cursor.execute(HOLD_BACK if self.is_held else RAISE, self.values)

    def _worsen(self) -> None:
        found = self._find(WORSEN)
        if found is None:  # its case was closed meanwhile: worse is news
            self._raise()
            return
        self.values["alert"], self.values["case"], state = found
        if state == "open":
            self.cursor.execute(NEW_HEADLINE, self.values)
            if self.effect.rule.severity is Severity.DANGER:
                self.cursor.execute(ASK_AGAIN, self.values)
        self._wake()
        self._note("worsened", is_to_tell=state == "open")

    def _resolve(self) -> None:
        found = self._find(END_ALERT)
        if found is None:
            return
        self.values["alert"], self.values["case"], _ = found
        if self.values["case"] is not None:
            self.cursor.execute(SETTLE_CASE, self.values)
        self._note("resolved", is_to_tell=False)

    def _wake(self) -> None:
        """End snoozes of this rule that were set when the figure was not as bad."""
        kind = self.effect.rule.kind
        self.cursor.execute(SNOOZES, self.values)
        broken = [
            snooze_id
            for snooze_id, figure in self.cursor.fetchall()
            if is_broken(
                direction=kind.direction,
                snoozed_at=figure,
                now=self.effect.judgement.figure,
                worsening=kind.worsening,
            )
        ]
        if broken:
            self.cursor.execute(BREAK_SNOOZE, [self.values["now"], broken])
            self._note("woken", is_to_tell=True)

    def _note(self, happening: str, *, is_to_tell: bool) -> None:
        self.values |= {"happening": happening, "tell": is_to_tell, "event_id": new_id()}
        self.cursor.execute(NOTE, self.values)

    def _find(self, statement: str) -> Any:
        self.cursor.execute(statement, self.values)
        return self.cursor.fetchone()
