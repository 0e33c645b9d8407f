"""Reads for the page of a case and the worklist."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.models import Alert, Case
from hearthline.monitoring.protocols.access import protocols_for
from hearthline.monitoring.protocols.definitions import in_language
from hearthline.monitoring.protocols.models import DoneStep, Protocol, ProtocolRun
from hearthline.monitoring.readings.metrics import BY_NUMBER

RUNS_MOST = 20


@dataclass(frozen=True)
class StepLine:
    """A step on the page: done by whom and when, or when it is due."""

    code: str
    words: str
    wait_minutes: int
    done: DoneStep | None
    due_at: datetime | None
    is_next: bool


@dataclass(frozen=True)
class RunLines:
    """A run with its steps."""

    run: ProtocolRun
    name: str
    steps: Sequence[StepLine]

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.run.ended_at is None

    @property
    def done_count(self) -> int:
        """How many steps are done."""
        return sum(step.done is not None for step in self.steps)


def runs_of(case: Case, language: str) -> list[RunLines]:
    """Return the runs of a case, newest first. Whoever calls has asked for the case."""
    rows = ProtocolRun.objects.filter(case=case).select_related("protocol", "started_by", "ended_by")
    return [_lines(run, language) for run in rows.prefetch_related("done_steps__done_by")[:RUNS_MOST]]


def _lines(run: ProtocolRun, language: str) -> RunLines:
    definition = run.protocol.definition
    done = {one.step: one for one in run.done_steps.all()}
    moments = {code: one.created_at for code, one in done.items()}
    following = next((step.code for step in definition.steps if step.code not in done), "")
    steps = [
        StepLine(
            code=step.code,
            words=in_language(step.words, language),
            wait_minutes=step.wait_minutes,
            done=done.get(step.code),
            due_at=definition.due_at(step, moments),
            is_next=step.code == following and run.ended_at is None,
        )
        for step in definition.steps
    ]
    return RunLines(run, definition.name_in(language), steps)


def offered_for(actor: Actor, case: Case, language: str) -> list[tuple[Protocol, str, bool]]:
    """Return the protocols in use with their names, those that answer the case's alerts first (and said so)."""
    alerts = Alert.objects.filter(case=case).values_list("metric", "direction")
    wanted = [(BY_NUMBER[metric].code, direction) for metric, direction in alerts]
    active = protocols_for(actor).filter(state=Protocol.State.ACTIVE)
    found = [(one, one.definition.name_in(language), one.definition.is_for(wanted)) for one in active]
    return sorted(found, key=lambda row: (not row[2], row[1]))


def progress_of(cases: Iterable[Case], language: str) -> dict[UUID, tuple[str, int, int]]:
    """Return for each case in which a protocol runs its name, how many steps are done, and of how many."""
    runs = ProtocolRun.objects.filter(case__in=[case.pk for case in cases], ended_at__isnull=True)
    rows = runs.select_related("protocol").annotate(done=Count("done_steps"))
    return {
        run.case_id: (run.protocol.definition.name_in(language), run.done, len(run.protocol.definition.steps))
        for run in rows
    }


def progress_words(progress: tuple[str, int, int]) -> str:
    """Return how far a protocol has come, in words."""
    name, done, steps = progress
    return _("%(name)s: %(done)d of %(steps)d") % {"name": name, "done": done, "steps": steps}
