"""The parts of a program's draft as somebody fills them in, and back into the table that it is written down as."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from hearthline.identity.roles import CARE_TEAM_ROLES
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.rules.defaults import shipped_rules
from hearthline.monitoring.readings.metrics import METRICS
from hearthline.programs.definitions import LANGUAGE, MAXIMUM_DAYS
from hearthline.programs.models import CODE_LENGTH, REASON_LENGTH
from hearthline.scheduling.models.availability import Weekday

NAME_LENGTH = 120
TEXT_LENGTH = 1500
MOST_ROWS = 8  # of a plan, of tasks, of lessons in a phase
EMPTY_ROWS = 2  # shown besides those that are there
LANGUAGES = [code for code, _name in settings.LANGUAGES]
Table = dict[str, Any]


def _add_words(
    form: forms.Form, name: str, label: Any, length: int, *, rows: int = 0, needed: bool = True
) -> None:
    """Add a field for each language; only English has to be filled in."""
    for code, language in settings.LANGUAGES:
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        form.fields[f"{name}_{code}"] = forms.CharField(
            label=f"{label}, {language}",
            max_length=length,
            required=needed and code == LANGUAGE,
            widget=widget,
        )


def _words(values: Mapping[str, Any], name: str) -> dict[str, str]:
    found = {code: values.get(f"{name}_{code}", "") for code in LANGUAGES}
    return {code: words for code, words in found.items() if words}


def _spread(words: Mapping[str, str], name: str) -> dict[str, str]:
    return {f"{name}_{code}": words.get(code, "") for code in LANGUAGES}


class EditionForm(forms.Form):
    """What every form of a draft carries: which edition was looked at."""

    edition = forms.IntegerField(min_value=1, max_value=10**6, widget=forms.HiddenInput)


class AboutForm(EditionForm):
    """What the whole program is called, what it is for and where it comes from."""

    source = forms.CharField(label=_("Where it comes from"), max_length=TEXT_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _add_words(self, "name", _("Name"), NAME_LENGTH)
        _add_words(self, "aim", _("Aim, in words for patients"), TEXT_LENGTH)
        self.order_fields([*(f"name_{one}" for one in LANGUAGES), *(f"aim_{one}" for one in LANGUAGES)])

    @staticmethod
    def initial_of(content: Table) -> Table:
        """Return a program as this form shows it."""
        words = _spread(content["name"], "name") | _spread(content["aim"], "aim")
        return words | {"source": content["source"]}

    def write(self, content: Table) -> None:
        """Put what was filled in into a program."""
        content["source"] = self.cleaned_data["source"]
        content["name"], content["aim"] = _words(self.cleaned_data, "name"), _words(self.cleaned_data, "aim")


class PhaseForm(EditionForm):
    """A phase: what it is called, how long it lasts, and which rules watch."""

    days = forms.IntegerField(
        label=_("Days"),
        help_text=_("Empty: until it is ended."),
        min_value=1,
        max_value=MAXIMUM_DAYS,
        required=False,
    )
    rules = forms.MultipleChoiceField(
        label=_("Rules that watch"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, known: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _add_words(self, "name", _("Name"), NAME_LENGTH)
        self.fields["rules"].choices = rule_choices(known)  # type: ignore[attr-defined]
        self.order_fields([f"name_{one}" for one in LANGUAGES])

    @staticmethod
    def initial_of(phase: Table) -> Table:
        """Return a phase as this form shows it."""
        return _spread(phase["name"], "name") | {"days": phase.get("days"), "rules": phase.get("rules", [])}

    def write(self, phase: Table) -> None:
        """Put what was filled in into a phase."""
        phase["name"], phase["rules"] = _words(self.cleaned_data, "name"), self.cleaned_data["rules"]
        phase.pop("days", None)
        if self.cleaned_data["days"]:
            phase["days"] = self.cleaned_data["days"]


def rule_choices(known: Iterable[str]) -> list[tuple[str, str]]:
    """Return every rule that a phase may name: shipped ones, the clinic's own, and those that it names already."""
    labels = {code: code for code in known} | {one.code: one.label for one in shipped_rules()}
    own = Rule.objects.filter(monitored=None).exclude(state=Rule.State.RETIRED).order_by("version")
    labels |= dict(own.values_list("code", "label"))
    return sorted(labels.items(), key=lambda one: one[1])


class PlanForm(forms.Form):
    """What is measured when; without a metric, nothing."""

    metric = forms.ChoiceField(label=_("What is measured"), required=False)
    windows = forms.CharField(
        label=_("Hours"),
        help_text=_("For example 06:00-10:00, 18:00-22:00. Empty: all the time."),
        max_length=120,
        required=False,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"),
        choices=Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None ticked: every day."),
    )
    least_days = forms.IntegerField(
        label=_("Days with values that a baseline needs"), min_value=0, max_value=MAXIMUM_DAYS, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", _("None")), *((one.code, one.label) for one in METRICS)]  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(item: Table) -> Table:
        """Return a line of the plan as this form shows it."""
        return {
            "metric": item["metric"],
            "windows": ", ".join(item.get("windows", [])),
            "weekdays": item.get("weekdays", []),
            "least_days": item.get("least_days", 0),
        }

    def as_written(self) -> Table | None:
        """Return the line as it is written down; None: it was left empty."""
        values = self.cleaned_data
        if not values.get("metric"):
            return None
        windows = [one.strip() for one in values["windows"].split(",") if one.strip()]
        item: Table = {"metric": values["metric"]}
        item |= {"windows": windows} if windows else {"is_continuous": True}
        if values["weekdays"]:
            item["weekdays"] = sorted(values["weekdays"])
        if values["least_days"]:
            item["least_days"] = values["least_days"]
        return item


class CodedForm(forms.Form):
    """A row that keeps its code over versions, so that what was done or read stays known."""

    first_words = "name"
    prefix_of_code = "row"
    code = forms.CharField(max_length=CODE_LENGTH, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for English words where there are others."""
        values: dict[str, Any] = super().clean() or {}
        has_words = any(values.get(f"{self.first_words}_{code}") for code in LANGUAGES)
        if has_words and not values.get(f"{self.first_words}_{LANGUAGE}"):
            raise ValidationError(_("Write it in English too."))
        return values

    def is_empty(self) -> bool:
        """Whether the row was left out."""
        return not self.cleaned_data.get(f"{self.first_words}_{LANGUAGE}")


class TaskForm(CodedForm):
    """Something that staff do; without a name, nothing."""

    prefix_of_code = "task"
    who = forms.ChoiceField(
        label=_("Who"),
        choices=[(role.value, role.label) for role in sorted(CARE_TEAM_ROLES, key=lambda role: role.value)],
        required=False,
    )
    after_days = forms.IntegerField(
        label=_("Days into the phase"), min_value=0, max_value=MAXIMUM_DAYS, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _add_words(self, "name", _("What is to be done"), NAME_LENGTH, needed=False)

    @staticmethod
    def initial_of(task: Table) -> Table:
        """Return a task as this form shows it."""
        kept = {name: task[name] for name in ("code", "who", "after_days")}
        return kept | _spread(task["name"], "name")

    def as_written(self, code: str) -> Table:
        """Return the task as it is written down."""
        values = self.cleaned_data
        who = values["who"] or "nurse"
        return {
            "code": code,
            "who": who,
            "after_days": values["after_days"] or 0,
            "name": _words(values, "name"),
        }


class LessonForm(CodedForm):
    """Something worth knowing; without a title, nothing."""

    first_words = "title"
    prefix_of_code = "lesson"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _add_words(self, "title", _("Title"), NAME_LENGTH, needed=False)
        _add_words(self, "body", _("Words for patients"), TEXT_LENGTH, rows=3, needed=False)

    @staticmethod
    def initial_of(lesson: Table) -> Table:
        """Return a lesson as this form shows it."""
        words = _spread(lesson["title"], "title") | _spread(lesson["body"], "body")
        return {"code": lesson["code"]} | words

    def as_written(self, code: str) -> Table:
        """Return the lesson as it is written down."""
        values = self.cleaned_data
        return {"code": code, "title": _words(values, "title"), "body": _words(values, "body")}


class ApproveForm(EditionForm):
    """Why a version is put in use."""

    reason = forms.CharField(
        label=_("Why this version is better"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=REASON_LENGTH,
    )


def _rows(form: type[forms.Form], data: Any, prefix: str, tables: Sequence[Table]) -> BaseFormSet[Any]:
    made = formset_factory(
        form, extra=EMPTY_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
    )
    return made(data, prefix=prefix, initial=[form.initial_of(one) for one in tables])  # type: ignore[attr-defined]


class PhaseForms:
    """All that one page of a phase holds: the phase, its plan, tasks and lessons."""

    def __init__(self, phase: Table, edition: int, data: Any = None) -> None:
        self.phase = PhaseForm(
            data, initial=PhaseForm.initial_of(phase) | {"edition": edition}, known=phase.get("rules", [])
        )
        self.plan = _rows(PlanForm, data, "plan", phase.get("plan", []))
        self.tasks = _rows(TaskForm, data, "tasks", phase.get("tasks", []))
        self.lessons = _rows(LessonForm, data, "lessons", phase.get("lessons", []))

    def is_valid(self) -> bool:
        """Whether all of it can be read."""
        told = [one.is_valid() for one in (self.phase, self.plan, self.tasks, self.lessons)]
        return all(told)

    def write(self, phase: Table) -> None:
        """Put what was filled in into a phase."""
        self.phase.write(phase)
        phase["plan"] = [row for form in self.plan if (row := form.as_written())]
        phase["tasks"] = _coded(self.tasks)
        phase["lessons"] = _coded(self.lessons)


def _coded(rows: Iterable[Any]) -> list[Table]:
    """Return the rows that were filled in; a new one gets the first free code."""
    filled = [form for form in rows if not form.is_empty()]
    used = {form.cleaned_data["code"] for form in filled if form.cleaned_data["code"]}
    found = []
    for form in filled:
        code = form.cleaned_data["code"] or _free_code(form.prefix_of_code, used)
        used.add(code)
        found.append(form.as_written(code))
    return found


def _free_code(prefix: str, used: set[str]) -> str:
    return next(code for number in range(1, len(used) + 2) if (code := f"{prefix}-{number}") not in used)


def add_phase(content: Table) -> None:
    """Add a phase at the end, a copy of the last without its lessons and tasks."""
    last = content["phase"][-1]
    last.setdefault("days", 28)  # only the last phase may last until somebody ends it
    codes = {one["code"] for one in content["phase"]}
    copy = {name: value for name, value in last.items() if name in ("rules", "plan")}
    new = {
        "code": _free_code("phase", codes),
        "name": {"en": "New phase", "es": "Fase nueva", "ar": "مرحلة جديدة"},
    }
    content["phase"].append(new | copy)


def remove_phase(content: Table, code: str) -> None:
    """Take a phase out."""
    content["phase"] = [one for one in content["phase"] if one["code"] != code]


def move_phase(content: Table, code: str, by: int) -> None:
    """Move a phase up (-1) or down (1); at the edge it stays."""
    phases = content["phase"]
    place = next((number for number, one in enumerate(phases) if one["code"] == code), None)
    if place is not None and 0 <= place + by < len(phases):
        phases[place], phases[place + by] = phases[place + by], phases[place]
