"""``migrate`` as Django has it, faster: a step makes one model anew, not all (``docs/decisions/migrating.md``)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState


class Command(migrate.Command):
    """Bring the tables up to date."""

    def handle(self, *args: Any, **options: Any) -> None:
        with changed_models_alone():
            super().handle(*args, **options)


@contextmanager
def changed_models_alone() -> Iterator[None]:
    """After a step, make anew the classes of the model that it changed, not of all that are related to it.

    Here that is nearly every model, for they all refer to the organization. Django knows such states as delayed, and
    makes them whole before any Python code of a migration sees them.
    """
    before = ProjectState.reload_model

    def reload_one(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
        if "apps" in state.__dict__:
            state.is_delayed = True
            state._reload({(app_label, model_name)})  # type: ignore[attr-defined]  # noqa: SLF001

    ProjectState.reload_model = reload_one  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        ProjectState.reload_model = before  # type: ignore[method-assign]
