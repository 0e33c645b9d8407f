"""What administrators decide about messages: words, quiet hours, who answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.messaging import access, catalogue, segments
from hearthline.messaging.models import MessagingPolicy, PoolMember, RoutingPool, TemplateWording
from hearthline.messaging.rules import Channel
from hearthline.messaging.wording import (
    MAX_SUBJECT_LENGTH,
    MAX_TEXT_LENGTH,
    RefusedWordingError,
    Wording,
    check_wording,
    fill,
    say_values,
)

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
REFUSALS = {
    "empty": _("Write the words of the message."),
    "too_long": _("The words are too long."),
    "line_break": _("Remove the invisible signs. A subject is one line."),
    "braces": _("A brace is open or alone. Placeholders look like {when}."),
    "clinical": _("“%(word)s” may not stand in a message: it could tell others about the person's health."),
    "unknown": _("There is no placeholder “%(word)s” here. Use one of the list."),
    "missing": _("The reader needs {%(word)s}. Put it back."),
}


@dataclass(frozen=True)
class ChosenWording:
    """One template in one language and channel, with the words in force."""

    template: catalogue.Template
    language: str
    channel: Channel
    words: Wording
    own: TemplateWording | None
    is_reviewed: bool


def chosen_wording(name: str, language: str, channel: str) -> ChosenWording:
    """Return the words in force.

    Raises:
        UnknownTemplateError: no such template, or it has no such channel.
        ValueError: no such channel or language.
    """
    kind, way = catalogue.template(name), Channel(channel)
    if language not in dict(settings.LANGUAGES) or way not in kind.channels:
        raise ValueError(language)
    own = TemplateWording.objects.filter(template=name, language=language, channel=way).first()
    return _chosen(kind, language, way, own)


def _chosen(
    kind: catalogue.Template, language: str, channel: Channel, own: TemplateWording | None
) -> ChosenWording:
    if own is not None:
        words = Wording(text=own.text, subject=own.subject)
        return ChosenWording(kind, language, channel, words, own, own.is_reviewed)
    words, found = catalogue.own_wording(kind.name, language, channel)
    return ChosenWording(kind, language, channel, words, None, catalogue.own_words(found).is_reviewed)


def list_wordings() -> list[ChosenWording]:
    """Return every template in every language and channel."""
    own = {(row.template, row.language, row.channel): row for row in TemplateWording.objects.all()}
    return [
        _chosen(kind, language, channel, own.get((kind.name, language, channel.value)))
        for kind in catalogue.templates().values()
        for language, _name in settings.LANGUAGES
        for channel in kind.channels
    ]


def save_wording(*, actor: Actor, chosen: ChosenWording, values: Mapping[str, Any]) -> TemplateWording:
    """Keep the organization's own words."""
    row, _is_new = TemplateWording.objects.update_or_create(
        organization_id=actor.organization_id,
        template=chosen.template.name,
        language=chosen.language,
        channel=chosen.channel,
        defaults={
            "subject": values["subject"],
            "text": values["text"],
            "is_reviewed": values["is_reviewed"],
            "changed_by_user_id": actor.user_id,
            "changed_at": clock.now(),
        },
    )
    record(actor, "template_wording.changed", row, fields=("subject", "text", "is_reviewed"))
    return row


@dataclass(frozen=True)
class Preview:
    """Words as a person would get them; ``segments`` is what a text costs."""

    words: Wording
    segments: int


def preview(chosen: ChosenWording, words: Wording, *, zone: ZoneInfo) -> Preview:
    """Return the words filled with invented values."""
    at: datetime = clock.now() + timedelta(days=2)
    invented: dict[str, object] = {
        "organization": "Riverbend Clinic",
        "phone": "+1 512 555 0100",
        "name": "Alex",
        "practitioner": "Dr. Sample",
        "sender": "Sam Sample",
        "when": at,
        "old_when": at - timedelta(days=1),
        "link": f"{settings.PUBLIC_URL}/care/",
        "code": "123456",
        "minutes": 10,
        "count": 3,
    }
    filled = fill(words, say_values(invented, zone=zone, language=chosen.language))
    return Preview(filled, segments.measure(segments.plain(filled.text)).segments)


class WordingForm(forms.Form):
    """The words of one template; clinical, unknown and missing placeholders are refused with the reason."""

    subject = forms.CharField(label=_("Subject"), max_length=MAX_SUBJECT_LENGTH, required=False)
    text = forms.CharField(
        label=_("Words"), max_length=MAX_TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 10})
    )
    is_reviewed = forms.BooleanField(
        label=_("A person who knows this language well has read these words"), required=False
    )

    def __init__(self, *args: Any, chosen: ChosenWording, **kwargs: Any) -> None:
        self.chosen = chosen
        words = chosen.words
        initial = {"subject": words.subject, "text": words.text, "is_reviewed": chosen.is_reviewed}
        super().__init__(*args, **{**kwargs, "initial": initial})
        if chosen.channel is Channel.EMAIL:
            self.fields["subject"].required = True
        else:
            del self.fields["subject"]

    def clean(self) -> dict[str, Any]:
        """Check the words by the rules of the template."""
        values: dict[str, Any] = super().clean() or {}
        values.setdefault("subject", "")
        values["text"] = values.get("text", "").replace("\r\n", "\n").strip()
        if self.errors:
            return values
        kind = self.chosen.template
        try:
            check_wording(
                Wording(values["text"], values["subject"]), allowed=kind.placeholders, required=kind.required
            )
        except RefusedWordingError as refusal:
            raise forms.ValidationError(
                {"text": REFUSALS[refusal.code] % {"word": refusal.word}}
            ) from refusal
        return values

    def words(self) -> Wording:
        """Return the words typed, or those in force before anything was typed."""
        if not self.is_bound:
            return self.chosen.words
        return Wording(self.cleaned_data["text"], self.cleaned_data["subject"])


class PolicyForm(forms.ModelForm[MessagingPolicy]):
    class Meta:
        model = MessagingPolicy
        fields = ("quiet_from", "quiet_until")
        labels = {"quiet_from": _("Quiet from"), "quiet_until": _("Quiet until")}
        help_texts = {
            "quiet_from": _("In each person's own time zone. Urgent messages (“it is your turn”) still go."),
            "quiet_until": _("The same time in both fields means no quiet hours."),
        }
        widgets = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }


class MembersField(forms.ModelMultipleChoiceField[Membership]):
    def label_from_instance(self, obj: Membership) -> str:
        """Return the colleague's name."""
        return obj.user.name


class PoolForm(forms.ModelForm[RoutingPool]):
    """A team that answers, its members, hours and promise."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days on which it answers"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    members = MembersField(
        label=_("Who answers"), queryset=Membership.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = RoutingPool
        fields = (
            *("name", "answer_within_minutes", "opens_at", "closes_at"),
            *("weekdays", "members", "takes_new_threads", "is_active"),
        )
        labels = {
            "name": _("Name that patients see"),
            "answer_within_minutes": _("Answers within, in minutes of its hours"),
            "opens_at": _("From"),
            "closes_at": _("Until"),
            "takes_new_threads": _("Patients may choose it"),
            "is_active": _("In use"),
        }
        widgets = {
            "opens_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "closes_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = self.fields["members"]
        possible = access.possible_owners()
        members.queryset = possible  # type: ignore[attr-defined]
        taken = PoolMember.objects.filter(pool=self.instance.pk).values("user_id")
        members.initial = possible.filter(user_id__in=taken)

    def clean_name(self) -> str:
        """Refuse a name that another team has."""
        name = str(self.cleaned_data["name"])
        if RoutingPool.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another team has this name. Choose a different one."))
        return name


def save_pool(*, actor: Actor, form: PoolForm) -> RoutingPool:
    """Keep the team and who is in it."""
    pool = form.save(commit=False)
    pool.organization_id = actor.organization_id
    pool.save()
    wanted = {membership.user_id for membership in form.cleaned_data["members"]}
    PoolMember.objects.filter(pool=pool).exclude(user_id__in=wanted).delete()
    PoolMember.objects.bulk_create(
        [
            PoolMember(organization_id=actor.organization_id, pool=pool, user_id=user_id)
            for user_id in sorted(wanted)
        ],
        ignore_conflicts=True,
    )
    record(actor, "routing_pool.saved", pool, fields=form.changed_data)
    return pool
