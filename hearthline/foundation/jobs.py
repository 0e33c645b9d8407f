"""Work done later: a queue in PostgreSQL, written in the transaction that asks for the work.

A job belongs to an organization and runs with that organization signed into its transaction; its arguments are
identifiers and times, never content, because the queue's table has no wall between organizations.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

MAX_ATTEMPTS = 8
RETRY_SECONDS = 4  # doubled at each attempt: the eighth comes about eight minutes after the first

EnterOrganization = Callable[[UUID], AbstractContextManager[None]]
_inside: list[EnterOrganization] = []


def run_inside(context: EnterOrganization) -> None:
    """Tell how a job enters its organization (``tenancy`` does so at start-up)."""
    _inside[:] = [context]


class Job:
    """A function that the worker runs inside an organization; made by ``@job``."""

    def __init__(
        self, function: Callable[..., None], *, queue: str, max_attempts: int, opens_own_transactions: bool
    ) -> None:
        self.function = function
        self.opens_own_transactions = opens_own_transactions
        self.__doc__ = function.__doc__
        self._task = app.task(
            name=f"{function.__module__}.{function.__qualname__}",
            queue=queue,
            retry=RetryStrategy(max_attempts=max_attempts, exponential_wait=2, wait=RETRY_SECONDS),
        )(self._run)

    def _run(self, organization_id: str, **arguments: Any) -> None:
        self(UUID(organization_id), **arguments)

    def __call__(self, organization_id: UUID, **arguments: Any) -> None:
        """Run at once, inside the organization."""
        if self.opens_own_transactions:
            self.function(organization_id, **arguments)
            return
        with _inside[0](organization_id):
            self.function(organization_id, **arguments)

    def defer(
        self,
        *,
        organization_id: UUID,
        at: datetime | None = None,
        lock: str | None = None,
        **arguments: str | int | None,
    ) -> int:
        """Queue the job in the open transaction, to run after commit (not before ``at``); return its number.

        Jobs with the same ``lock`` run one after another.
        """
        settings: dict[str, Any] = {"lock": lock}
        if at is not None:
            settings["schedule_at"] = at
        return self._task.configure(**settings).defer(organization_id=str(organization_id), **arguments)

    def defer_each(self, each: Sequence[dict[str, Any]]) -> None:
        """Queue the job once for each set of arguments (``organization_id`` among them) in one statement."""
        if each:
            self._task.batch_defer(*each)


def job(
    *, queue: str = "default", max_attempts: int = MAX_ATTEMPTS, opens_own_transactions: bool = False
) -> Callable[[Callable[..., None]], Job]:
    """Make a function a job. Its first argument is ``organization_id``; the rest are strings and whole numbers.

    ``opens_own_transactions``: the job talks to the world between two transactions (claim, send, settle) and enters
    the organization itself, for each of them.
    """

    def decorate(function: Callable[..., None]) -> Job:
        return Job(
            function, queue=queue, max_attempts=max_attempts, opens_own_transactions=opens_own_transactions
        )

    return decorate


def periodic(cron: str, *, queue: str = "default") -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Run a function (without arguments or organization) by a cron line in UTC.

    Work for every organization visits them one by one, each in its own context.
    """

    def decorate(function: Callable[[], None]) -> Callable[[], None]:
        def run(timestamp: int) -> None:
            function()

        name = f"{function.__module__}.{function.__qualname__}"
        app.periodic(cron=cron)(app.task(name=name, queue=queue, pass_context=False)(run))
        return function

    return decorate
