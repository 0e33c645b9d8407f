"""The questions of a booking, one form a page. Each form knows how to put its answer into the draft."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.directory import choices, places
from hearthline.directory.models import AccessNeed
from hearthline.identity.actor import Actor
from hearthline.scheduling.access import bookable_patients_for
from hearthline.scheduling.models import BookingDraft, Mode, Place, Service
from hearthline.scheduling.red_flags import list_general_flags, list_service_flags
from hearthline.scheduling.rules.urgency import RedFlag
from hearthline.scheduling.services.drafts import answer_red_flags, bookable_services, change_draft
from hearthline.tenancy.models import Organization

NONE_OF_THESE = "none"
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class QuestionForm(forms.Form):
    """One page of the booking."""

    title: Any = ""

    def __init__(
        self,
        data: Any = None,
        *,
        actor: Actor,
        draft: BookingDraft,
        organization: Organization,
        has_long_lists: bool = False,
    ) -> None:
        self.actor, self.draft, self.organization = actor, draft, organization
        self.has_long_lists = has_long_lists
        super().__init__(data)
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices and what was answered before."""

    def store(self) -> None:
        """Put the answer into the draft."""


class UrgentForm(QuestionForm):
    """Is this an emergency? Comes first, and is recorded whatever the answer."""

    flags = forms.MultipleChoiceField(
        label=_("Do you have any of these now?"),
        help_text=_("Or the person you book for. Choose all that are true."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what is true for you, or “None of these”.")},
    )

    def list_flags(self) -> list[RedFlag]:
        """The questions of this page."""
        return list_general_flags()

    def prepare(self) -> None:
        """List the questions, and the answer that none is true."""
        choices = [(flag.code, flag.text) for flag in self.list_flags()]
        self.fields["flags"].choices = [*choices, (NONE_OF_THESE, _("None of these"))]  # type: ignore[attr-defined]

    def clean_flags(self) -> list[str]:
        """Refuse "none" beside something: the screen must not guess which one was meant."""
        chosen: list[str] = self.cleaned_data["flags"]
        if NONE_OF_THESE in chosen and len(chosen) > 1:
            raise forms.ValidationError(_("Choose either what is true for you or “None of these”, not both."))
        return chosen

    def store(self) -> None:
        """Conclude and record."""
        self._record(service=None)

    def _record(self, service: Service | None) -> None:
        answers = {flag.code: flag.code in self.cleaned_data["flags"] for flag in self.list_flags()}
        answer_red_flags(
            self.actor, draft=self.draft, service=service, flags=self.list_flags(), answers=answers
        )


class SymptomsForm(UrgentForm):
    """The service's own red flags."""

    def list_flags(self) -> list[RedFlag]:
        """The questions of the chosen service."""
        return list_service_flags(self.draft.service)

    def store(self) -> None:
        """Conclude and record."""
        self._record(service=self.draft.service)


class ServiceForm(QuestionForm):
    """What for?"""

    service = forms.ChoiceField(label=_("What kind of visit do you need?"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """List what this person may book."""
        self.services = {str(one.pk): one for one in self.list_services()}
        self.fields["service"].choices = [  # type: ignore[attr-defined]
            (key, _("%(name)s, %(minutes)s minutes") % {"name": one.name, "minutes": one.duration_minutes})
            for key, one in self.services.items()
        ]
        self.fields["service"].initial = str(self.draft.service_id or "")

    def list_services(self) -> Iterable[Service]:
        """What may be chosen."""
        return bookable_services(self.actor, self.draft)

    def store(self) -> None:
        """Choosing another service asks again what hangs on it."""
        service = self.services[self.cleaned_data["service"]]
        if service.pk != self.draft.service_id:
            change_draft(
                self.actor,
                draft=self.draft,
                gives_back_time=True,
                service=service,
                service_urgency="",
                mode="",
            )


class WhereForm(QuestionForm):
    """Where will you be? Decides who may treat you, which emergency service is near, and which clock you read."""

    title = _("Where will you be during the visit?")
    location_place = forms.ChoiceField(label=_("The place"), choices=Place.choices, widget=forms.RadioSelect)
    location_jurisdiction = forms.ChoiceField(
        label=_("State or country"), help_text=_("A clinician needs a licence for the place where you are.")
    )
    zone = forms.ChoiceField(label=_("Your time zone"), help_text=_("We show you all times in this zone."))

    def prepare(self) -> None:
        """Start from what is known of the patient."""
        draft, patient = self.draft, self.draft.patient
        known = (patient.jurisdiction, patient.zone) if patient else ("", "")
        self.initial = {
            "location_place": draft.location_place,
            "location_jurisdiction": draft.location_jurisdiction
            or known[0]
            or self.organization.jurisdiction,
            "zone": draft.zone or known[1] or self.organization.zone,
        }
        self._offer(str(self.initial["location_jurisdiction"]), str(self.initial["zone"]))

    def _offer(self, jurisdiction: str, zone: str) -> None:
        """Short lists, so that the page is light; all places when asked for, and when an answer comes back."""
        country = self.organization.jurisdiction.partition("-")[0]
        where: places.Choices = places.jurisdiction_choices()
        zones: Any = places.zone_choices()
        if not (self.is_bound or self.has_long_lists):
            where = places.short_jurisdiction_choices(country, jurisdiction)
            zones = places.short_zone_choices(country, zone)
        self.fields["location_jurisdiction"].choices = [("", ""), *where]  # type: ignore[attr-defined]
        self.fields["zone"].choices = zones  # type: ignore[attr-defined]

    def store(self) -> None:
        """Another place may mean other clinicians, so the time is chosen again."""
        moved = self.cleaned_data["location_jurisdiction"] != self.draft.location_jurisdiction
        change_draft(self.actor, draft=self.draft, gives_back_time=moved, **self.cleaned_data)


class LanguageForm(QuestionForm):
    """Which language, and is an interpreter needed?"""

    title = _("Which language do you want to use?")
    language = forms.ChoiceField(label=_("Language, spoken or signed"))
    needs_interpreter = forms.ChoiceField(
        label=_("Do you want an interpreter?"),
        help_text=_("It is free. The interpreter joins the visit."),
        choices=YES_NO,
        widget=forms.RadioSelect,
    )
    interpreter_gender = choices.interpreter_gender_field(label=_("Who should interpret"))
    interpreter_name = choices.NameField(label=_("An interpreter you know"), required=False)

    def prepare(self) -> None:
        """Start from the patient's language."""
        patient = self.draft.patient
        self.fields["language"].choices = places.interpreter_language_choices()  # type: ignore[attr-defined]
        known = (patient.interpreter_language or patient.language) if patient else ""
        needs = self.draft.needs_interpreter
        if needs is None and patient is not None:
            needs = patient.needs_interpreter
        self.initial = {
            "language": self.draft.language or known or self.organization.default_language,
            "needs_interpreter": {True: "yes", False: "no", None: ""}[needs],
            "interpreter_gender": self.draft.interpreter_gender
            or (patient.interpreter_gender if patient else ""),
            "interpreter_name": self.draft.interpreter_name or (patient.interpreter_name if patient else ""),
        }

    def store(self) -> None:
        """Note the language; it is the interpreter's too when one is wanted."""
        language = self.cleaned_data["language"]
        needs = self.cleaned_data["needs_interpreter"] == "yes"
        change_draft(
            self.actor,
            draft=self.draft,
            language=language,
            needs_interpreter=needs,
            interpreter_language=language if needs else "",
            interpreter_gender=self.cleaned_data["interpreter_gender"] if needs else "",
            interpreter_name=self.cleaned_data["interpreter_name"] if needs else "",
        )


class AccessForm(QuestionForm):
    """What else helps?"""

    access_needs = forms.MultipleChoiceField(
        label=_("What would help you to take part?"),
        help_text=_("Choose all that help. Choose nothing if you need nothing."),
        choices=AccessNeed.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def prepare(self) -> None:
        """Start from what the record says."""
        patient = self.draft.patient
        known = [need.kind for need in patient.access_needs.all()] if patient else []
        self.initial = {"access_needs": self.draft.access_needs or known}

    def store(self) -> None:
        """Note the needs."""
        change_draft(self.actor, draft=self.draft, **self.cleaned_data)


class HowForm(QuestionForm):
    """By video, telephone, voice, or in person?"""

    mode = forms.ChoiceField(
        label=_("How do you want to meet?"),
        help_text=_("If video does not work on the day, the visit goes on by telephone."),
        widget=forms.RadioSelect,
    )

    def prepare(self) -> None:
        """List the ways of this service."""
        choices = [(value, label) for value, label in Mode.choices if value in self.draft.service.modes]
        self.fields["mode"].choices = choices  # type: ignore[attr-defined]
        self.initial = {"mode": self.draft.mode}

    def store(self) -> None:
        """Note the way."""
        changed = self.cleaned_data["mode"] != self.draft.mode
        change_draft(self.actor, draft=self.draft, gives_back_time=changed, **self.cleaned_data)


class WhoForm(QuestionForm):
    """For whom? Asked of people who act for more than one."""

    patient = forms.ChoiceField(label=_("Who is the visit for?"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """List the people this person may book for."""
        self.patients = {str(one.pk): one for one in bookable_patients_for(self.actor)[:20]}
        self.fields["patient"].choices = [(key, one.full_name) for key, one in self.patients.items()]  # type: ignore[attr-defined]
        self.initial = {"patient": str(self.draft.patient_id or "")}

    def store(self) -> None:
        """Note the person."""
        change_draft(self.actor, draft=self.draft, patient=self.patients[self.cleaned_data["patient"]])
