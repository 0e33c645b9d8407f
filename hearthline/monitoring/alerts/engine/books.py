"""An organization's active rules, compiled and kept in memory until their edition changes."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from hearthline.monitoring.alerts.rules.kinds import (
    SCORED,
    Adherence,
    Kind,
    Limit,
    Score,
    Severity,
    rule_from,
)
from hearthline.monitoring.readings.metrics import BY_CODE

EDITIONS = "SELECT organization_id, edition FROM alerts_rulebook WHERE organization_id = ANY (%s)"
RULES = """
SELECT r.organization_id, r.id, r.code, r.severity, r.settings::text, m.number FROM alerts_rule r
LEFT JOIN readings_monitoredpatient m ON m.organization_id = r.organization_id AND m.id = r.monitored_id
WHERE r.organization_id = ANY (%s) AND r.state = 'active' ORDER BY r.organization_id, r.code, r.id
"""
# In place of a metric's number: what is not judged by one metric's values.
SCORES = 0
ADHERENCE = -1
SCORED_NUMBERS = {BY_CODE[code].number for code in SCORED}
MOST_BOOKS = 10_000  # organizations in one process's memory


@dataclass(frozen=True)
class CompiledRule:
    """An active rule as the engine uses it."""

    id: UUID
    code: str
    severity: Severity
    kind: Kind
    is_personal: bool = False

    @property
    def metric(self) -> int:
        """The number of its metric."""
        return BY_CODE[self.kind.metric].number

    @property
    def shelf(self) -> int:
        """Under which number a book keeps it: its metric, or what stands for scores and for adherence."""
        if isinstance(self.kind, Adherence):
            return ADHERENCE
        return SCORES if isinstance(self.kind, Score) else self.metric

    @property
    def limit(self) -> Limit | None:
        """The rule as a limit, whose values can be sifted without looking back."""
        return self.kind if isinstance(self.kind, Limit) else None


@dataclass
class Book:
    """The rules of one organization, of one edition."""

    edition: int
    common: dict[int, list[CompiledRule]] = field(default_factory=dict)
    personal: dict[int, list[CompiledRule]] = field(default_factory=dict)
    by_id: dict[UUID, CompiledRule] = field(default_factory=dict)
    metrics: set[int] = field(default_factory=set)

    def rules_for(self, patient_number: int, metric: int) -> list[CompiledRule]:
        """Return the rules that hold for a person: the common ones, but for those replaced by their own."""
        common = self.common.get(metric, [])
        own = self.personal.get(patient_number)
        if own is None:
            return common
        replaced = {rule.code for rule in own}
        return [rule for rule in own if rule.shelf == metric] + [
            rule for rule in common if rule.code not in replaced
        ]


_books: dict[UUID, Book] = {}


def books_for(cursor: psycopg.Cursor[Any], organizations: list[UUID]) -> dict[UUID, Book]:
    """Return the books of those organizations that have active rules, loading what changed."""
    cursor.execute(EDITIONS, [organizations])
    editions: dict[UUID, int] = dict(cursor.fetchall())
    stale = [one for one, edition in editions.items() if one not in _books or _books[one].edition != edition]
    if stale:
        _load(cursor, stale, editions)
    return {one: _books[one] for one in editions if _books[one].by_id}


def _load(cursor: psycopg.Cursor[Any], stale: list[UUID], editions: dict[UUID, int]) -> None:
    if len(_books) + len(stale) > MOST_BOOKS:
        _books.clear()
        stale = list(editions)
    books = {one: Book(editions[one]) for one in stale}
    cursor.execute(RULES, [stale])
    for organization_id, rule_id, code, severity, settings, number in cursor.fetchall():
        rule = CompiledRule(
            rule_id, code, Severity(severity), rule_from(json.loads(settings)), number is not None
        )
        book = books[organization_id]
        place, key = (book.common, rule.shelf) if number is None else (book.personal, number)
        place.setdefault(key, []).append(rule)
        book.by_id[rule_id] = rule
        book.metrics |= _judging(rule)
    _books.update(books)


def _judging(rule: CompiledRule) -> set[int]:
    """Return the metrics whose new values move a rule."""
    if rule.shelf == ADHERENCE:
        return set()
    return set(SCORED_NUMBERS) if rule.shelf == SCORES else {rule.metric}
