"""Desks and agreements, for administrators; and how fast answers come, for everybody on the staff."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.consults import queries
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.jobs import desks_without_people
from hearthline.consults.models import Agreement, Desk
from hearthline.consults.services import desks
from hearthline.consults.specialties import SPECIALTIES
from hearthline.consults.views.asking import specialty_of
from hearthline.consults.views.cases import zone_of
from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.identity.models import Membership
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import CARE_TEAM_ROLES, STAFF_ROLES, Role
from hearthline.scheduling.models.availability import Weekday
from hearthline.tenancy.models import Organization

MEASURED_FOR = timedelta(days=90)
MOST_PEOPLE = 300
MOST_HOLIDAYS = 60
MOST_MINUTES = 60 * 24 * 60


class DeskForm(forms.ModelForm[Desk]):
    """A desk: hours, promises, readers, named people."""

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    holidays = forms.CharField(
        label=gettext_lazy("Holidays"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Days without work, as 2026-12-25, with blanks between them."),
    )
    readers = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Who reads"),
        queryset=Practitioner.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    first = forms.ChoiceField(label=gettext_lazy("Who is told first when an answer is late"), required=False)
    second = forms.ChoiceField(label=gettext_lazy("Who is told an hour later"), required=False)

    class Meta:
        model = Desk
        fields = (
            "is_open",
            "is_open_to_patients",
            "zone",
            "opens",
            "closes",
            "weekdays",
            "holidays",
            "urgent_minutes",
            "soon_minutes",
            "routine_minutes",
        )

    def __init__(self, *args: Any, organization_id: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own: Any = self.fields
        own["readers"].queryset = Practitioner.objects.filter(organization_id=organization_id, is_active=True)
        own["readers"].label_from_instance = lambda one: one.full_name
        members = Membership.objects.filter(
            organization_id=organization_id,
            is_active=True,
            roles__overlap=[role.value for role in CARE_TEAM_ROLES],
        ).select_related("user")
        people = [("", _("Nobody")), *((str(one.user_id), one.user.name) for one in members[:MOST_PEOPLE])]
        own["first"].choices = own["second"].choices = people
        for name in ("urgent_minutes", "soon_minutes", "routine_minutes"):
            own[name].max_value = MOST_MINUTES
            own[name].validators.append(forms.IntegerField(max_value=MOST_MINUTES).validators[0])

    def clean_holidays(self) -> list[date]:
        """Read the days."""
        written = self.cleaned_data["holidays"].split()[:MOST_HOLIDAYS]
        try:
            return sorted({date.fromisoformat(one) for one in written})
        except ValueError:
            raise forms.ValidationError(_("Write each day as 2026-12-25.")) from None

    def clean(self) -> dict[str, Any]:
        """Ask that promises grow from urgent to routine."""
        cleaned = super().clean() or {}
        names = ("urgent_minutes", "soon_minutes", "routine_minutes")
        minutes: list[int] = [cleaned[name] for name in names if cleaned.get(name) is not None]
        if len(minutes) == len(names) and (minutes != sorted(minutes) or minutes[0] == 0):
            self.add_error(
                "urgent_minutes", _("Urgent comes first: its minutes are the fewest, and more than none.")
            )
        return cleaned

    def people(self) -> list[UUID]:
        """Return the named people in their order."""
        return [UUID(one) for one in (self.cleaned_data["first"], self.cleaned_data["second"]) if one]


class ProposalForm(forms.Form):
    """Which organization answers which specialty."""

    slug = forms.SlugField(
        label=gettext_lazy("Organization"), help_text=gettext_lazy("The short name in its address.")
    )
    specialty = forms.ChoiceField(
        label=gettext_lazy("Specialty"), choices=[(one.code, one.name) for one in SPECIALTIES.values()]
    )


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def setup(request: HearthlineRequest) -> HttpResponse:
    """The desks of the organization, and the agreements with others."""
    form = ProposalForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answering = Organization.objects.filter(slug=form.cleaned_data["slug"], is_active=True).first()
        try:
            if answering is None:
                raise CaseRefusedError("no_agreement")
            desks.propose(request.actor, answering=answering, specialty=form.cleaned_data["specialty"])
        except CaseRefusedError as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("Proposed. It is in force once the other side accepts."))
            return redirect("consults:setup")
    mine = {
        desk.specialty: desk for desk in Desk.objects.filter(organization_id=request.actor.organization_id)
    }
    agreements = [
        (one, SPECIALTIES[one.specialty].name, one.answering_organization_id == request.actor.organization_id)
        for one in desks.agreements_of(request.actor)
    ]
    context = {
        "audience": "staff",
        "form": form,
        "desks": [(one, mine.get(one.code)) for one in SPECIALTIES.values()],
        "agreements": agreements,
        "without_people": desks_without_people(request.actor.organization_id),
        "zone": zone_of(request),
    }
    return render(request, "consults/setup.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def desk(request: HearthlineRequest, specialty: str) -> HttpResponse:
    """One desk: when it works, what it promises, who reads, and who hears of late answers."""
    chosen = specialty_of(specialty)
    organization_id = request.actor.organization_id
    found = Desk.objects.filter(organization_id=organization_id, specialty=specialty).first()
    shown = found or Desk(
        specialty=specialty,
        zone=zone_of(request),
        weekdays=[0, 1, 2, 3, 4],
        **{f"{key}_minutes": value for key, value in chosen.target_minutes.items()},
    )
    people = list(found.people.values_list("user_id", flat=True)) if found else []
    initial = {
        "weekdays": shown.weekdays,
        "holidays": " ".join(day.isoformat() for day in shown.holidays),
        "readers": list(found.readers.values_list("practitioner_id", flat=True)) if found else [],
        "first": str(people[0]) if people else "",
        "second": str(people[1]) if len(people) > 1 else "",
    }
    data = request.POST if request.method == "POST" else None
    form = DeskForm(data, instance=shown, initial=initial, organization_id=organization_id)
    if form.is_bound and form.is_valid():
        desks.save_desk(
            request.actor,
            desk=form.save(commit=False),
            readers=form.cleaned_data["readers"],
            people=form.people(),
        )
        messages.success(request, _("Kept."))
        return redirect("consults:setup")
    context = {"audience": "staff", "form": form, "specialty": chosen}
    return render(request, "consults/desk.html", context, status=422 if form.errors else 200)


class EndForm(forms.Form):
    """Why an agreement ends; empty for accepting."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False)


@require_http_methods(["POST"])
@requires(Role.ADMINISTRATOR)
def agreement(request: HearthlineRequest, agreement_id: UUID) -> HttpResponse:
    """Accept an agreement as the answering side, or end one from either side."""
    found = Agreement.objects.filter(pk=agreement_id, ended_at__isnull=True).first()
    if found is None:
        raise Http404
    form = EndForm(request.POST)
    try:
        if not form.is_valid():
            raise CaseRefusedError("no_reason")
        if "accept" in request.POST:
            desks.accept(request.actor, agreement=found)
        else:
            desks.end_agreement(request.actor, agreement=found, reason=form.cleaned_data["reason"])
    except CaseRefusedError as refusal:
        messages.error(request, refusal.words)
    else:
        messages.success(request, _("Done."))
    return redirect("consults:setup")


@require_GET
@requires(*STAFF_ROLES)
def measures(request: HearthlineRequest) -> HttpResponse:
    """How fast the organization's questions were answered in the last three months."""
    context = {"audience": "staff", "measures": queries.measures(request.actor, clock.now() - MEASURED_FOR)}
    return render(request, "consults/measures.html", context)
