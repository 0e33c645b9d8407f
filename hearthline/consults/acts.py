"""What can be done from the page of a case: each act with its form and service, as one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.consults import forms as f
from hearthline.consults.access import is_ours, is_reader, may_answer_for_asker, may_coordinate
from hearthline.consults.models import Consult, CriticalFinding, Grant
from hearthline.consults.rules.assigning import Obstacle, find_obstacles
from hearthline.consults.rules.states import ANSWERED, RUNNING, Action, Status, get_next
from hearthline.consults.services import assigning, closing, critical, reading
from hearthline.foundation import clock
from hearthline.identity.actor import Actor

Cleaned = Mapping[str, Any]
OBSTACLES: Mapping[str, str | Promise] = {
    Obstacle.CONFLICT: _("conflict of interest"),
    Obstacle.AWAY: _("away"),
    Obstacle.FULL: _("full"),
    Obstacle.LICENCE: _("no licence where the patient is"),
    Obstacle.LANGUAGE: _("does not speak the language"),
}


@dataclass(frozen=True)
class Act:
    """One act: its title, the word on its button, its form, who may, and the service that does it."""

    code: str
    title: str | Promise
    button: str | Promise
    may: Callable[[Actor, Consult], bool]
    run: Callable[[Actor, Consult, Cleaned], object]
    make_form: Callable[[Actor, Consult, Any], forms.Form] = lambda _actor, _consult, data: forms.Form(data)
    is_main: bool = False


def follows(action: Action) -> Callable[[Consult], bool]:
    """Return the question whether an action follows from where a case is."""
    return lambda consult: get_next(consult.status, action) is not None


def _reader_may(action: Action) -> Callable[[Actor, Consult], bool]:
    return lambda actor, consult: is_reader(actor, consult) and follows(action)(consult)


def _coordinator_may(actor: Actor, consult: Consult) -> bool:
    return consult.status in (Status.ASKED, Status.ASSIGNED) and may_coordinate(actor, consult)


def _open_grant(consult: Consult) -> Grant | None:
    return (
        Grant.objects.filter(consult=consult, ended_at__isnull=True)
        .select_related("answering_organization")
        .first()
    )


def readers_for(actor: Actor, consult: Consult) -> list[tuple[str, str]]:
    """Return the readers of the actor's organization as choices, with what speaks against each."""
    choices = []
    for one in assigning.candidates_for(actor.organization_id, consult):
        found = find_obstacles(one, by_patient=consult.is_by_patient)
        against = ", ".join(str(OBSTACLES[obstacle]) for obstacle in found)
        choices.append((str(one.user_id), f"{one.name} ({against})" if against else one.name))
    return choices


def _agreements(actor: Actor, consult: Consult) -> list[tuple[str, str]]:
    found = assigning.agreements_for(actor, consult.specialty)
    return [(str(one.pk), one.answering_organization.name) for one in found]


def _may_grant(actor: Actor, consult: Consult) -> bool:
    return (
        consult.status == Status.ASKED
        and is_ours(actor, consult)
        and may_coordinate(actor, consult)
        and _open_grant(consult) is None
    )


def _may_end_grant(actor: Actor, consult: Consult) -> bool:
    grant = _open_grant(consult)
    return grant is not None and may_coordinate(actor, consult)


def _end_grant(actor: Actor, consult: Consult, cleaned: Cleaned) -> None:
    grant = _open_grant(consult)
    if grant is not None:
        assigning.end_grant(actor, grant=grant, reason=cleaned["reason"])


def _critical_waiting(consult: Consult, **facts: Any) -> CriticalFinding | None:
    return consult.critical_findings.filter(**facts).first()


def _told(actor: Actor, consult: Consult, cleaned: Cleaned) -> None:
    finding = _critical_waiting(consult, received_at__isnull=True)
    if finding is not None:
        received_at = max(clock.now() - timedelta(minutes=cleaned["minutes_ago"]), finding.identified_at)
        critical.note_told(
            actor,
            finding=finding,
            received_by=cleaned["received_by"],
            received_at=received_at,
            method=cleaned["method"],
        )


def _acknowledge(actor: Actor, consult: Consult, cleaned: Cleaned) -> None:
    finding = _critical_waiting(consult, acknowledged_by__isnull=True)
    if finding is not None:
        critical.acknowledge(actor, finding=finding, read_back=cleaned["read_back"])


def _may_acknowledge(actor: Actor, consult: Consult) -> bool:
    on_our_side = is_ours(actor, consult) and (
        may_answer_for_asker(actor, consult) or may_coordinate(actor, consult)
    )
    return on_our_side and _critical_waiting(consult, acknowledged_by__isnull=True) is not None


def _asker_may(action: Action) -> Callable[[Actor, Consult], bool]:
    return lambda actor, consult: may_answer_for_asker(actor, consult) and follows(action)(consult)


def _hand_back_may(actor: Actor, consult: Consult) -> bool:
    return follows(Action.HAND_BACK)(consult) and (
        is_reader(actor, consult) or may_coordinate(actor, consult)
    )


ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "begin",
            _("Read the case"),
            _("Begin to read"),
            _reader_may(Action.BEGIN),
            lambda actor, consult, _cleaned: reading.begin(actor, consult=consult),
            is_main=True,
        ),
        Act(
            "acknowledge",
            _("Take in the critical finding"),
            _("I have understood"),
            _may_acknowledge,
            _acknowledge,
            lambda _actor, _consult, data: f.ReadBackForm(data),
            is_main=True,
        ),
        Act(
            "give-more",
            _("Answer what was asked for"),
            _("Send"),
            _asker_may(Action.GIVE_MORE),
            lambda actor, consult, cleaned: reading.give_more(actor, consult=consult, text=cleaned["text"]),
            lambda _actor, _consult, data: f.TextForm(data, takes_file=True),
            is_main=True,
        ),
        Act(
            "tell",
            _("Tell the patient"),
            _("The patient was told"),
            _asker_may(Action.TELL),
            lambda actor, consult, cleaned: closing.tell_patient(actor, consult=consult, how=cleaned["how"]),
            lambda _actor, _consult, data: f.TellForm(data),
            is_main=True,
        ),
        Act(
            "close",
            _("Close with two answers"),
            _("Close"),
            _asker_may(Action.CLOSE),
            lambda actor, consult, cleaned: closing.close(actor, consult=consult, **cleaned),
            lambda _actor, _consult, data: f.CloseForm(data),
            is_main=True,
        ),
        Act(
            "assign",
            _("Give it to a reader"),
            _("Give"),
            lambda actor, consult: _coordinator_may(actor, consult) and bool(readers_for(actor, consult)),
            lambda actor, consult, cleaned: assigning.assign(
                actor, consult=consult, user_id=UUID(cleaned["reader"]), reason=cleaned["reason"]
            ),
            lambda actor, consult, data: f.AssignForm(data, readers=readers_for(actor, consult)),
            is_main=True,
        ),
        Act(
            "grant",
            _("Let another organization answer"),
            _("Share this case"),
            lambda actor, consult: _may_grant(actor, consult) and bool(_agreements(actor, consult)),
            lambda actor, consult, cleaned: assigning.grant_case(
                actor, consult=consult, agreement_id=UUID(cleaned["agreement"])
            ),
            lambda actor, consult, data: f.GrantForm(data, agreements=_agreements(actor, consult)),
        ),
        Act(
            "end-grant",
            _("End the other organization's access"),
            _("End access"),
            _may_end_grant,
            _end_grant,
            lambda _actor, _consult, data: f.ReasonForm(data),
        ),
        Act(
            "ask-more",
            _("Ask for more"),
            _("Ask; stop the clock"),
            _reader_may(Action.ASK_MORE),
            lambda actor, consult, cleaned: reading.ask_more(
                actor, consult=consult, text=cleaned["text"], photo=f.AskMoreForm.photo_in(cleaned)
            ),
            lambda _actor, _consult, data: f.AskMoreForm(
                data, label=_("What is needed, for example a closer photo of X")
            ),
        ),
        Act(
            "critical",
            _("Critical finding"),
            _("Tell now"),
            lambda actor, consult: is_reader(actor, consult) and consult.status in RUNNING - {Status.ASKED},
            lambda actor, consult, cleaned: critical.find_critical(actor, consult=consult, **cleaned),
            lambda _actor, _consult, data: f.CriticalForm(data),
        ),
        Act(
            "told",
            _("I told somebody of the critical finding"),
            _("Record"),
            lambda actor, consult: (
                is_reader(actor, consult) and _critical_waiting(consult, received_at__isnull=True) is not None
            ),
            _told,
            lambda _actor, _consult, data: f.ToldForm(data),
        ),
        Act(
            "say",
            _("Write to the other side"),
            _("Send"),
            lambda actor, consult: (
                consult.status in RUNNING | ANSWERED
                and consult.assignee_id is not None
                and (is_reader(actor, consult) or may_answer_for_asker(actor, consult))
            ),
            lambda actor, consult, cleaned: reading.say(actor, consult=consult, text=cleaned["text"]),
            lambda _actor, _consult, data: f.TextForm(data),
        ),
        Act(
            "late",
            _("Something came after the answer"),
            _("Add it and have it read"),
            _asker_may(Action.REOPEN),
            lambda actor, consult, cleaned: reading.reopen_for_late(
                actor, consult=consult, text=cleaned["text"]
            ),
            lambda _actor, _consult, data: f.TextForm(data, takes_file=True, label=_("What came")),
        ),
        Act(
            "hand-back",
            _("Give it back"),
            _("Give back"),
            _hand_back_may,
            lambda actor, consult, cleaned: assigning.hand_back(actor, consult=consult, **cleaned),
            lambda _actor, _consult, data: f.HandBackForm(data),
        ),
        Act(
            "decline",
            _("Decline"),
            _("Decline"),
            lambda actor, consult: (
                follows(Action.DECLINE)(consult)
                and is_ours(actor, consult)
                and may_coordinate(actor, consult)
            ),
            lambda actor, consult, cleaned: assigning.decline(
                actor, consult=consult, reason=cleaned["reason"]
            ),
            lambda _actor, _consult, data: f.ReasonForm(data),
        ),
        Act(
            "withdraw",
            _("Take the question back"),
            _("Withdraw"),
            _asker_may(Action.WITHDRAW),
            lambda actor, consult, cleaned: assigning.withdraw(
                actor, consult=consult, reason=cleaned["reason"]
            ),
            lambda _actor, _consult, data: f.ReasonForm(data),
        ),
    )
}


def get_act(code: str) -> Act:
    """Return an act by its code; the view asks whether the actor may.

    Raises:
        Http404: there is no such act.
    """
    act = ACTS.get(code)
    if act is None:
        raise Http404
    return act


def acts_for(actor: Actor, consult: Consult) -> list[Act]:
    """Return what the actor may do on a case now."""
    return [act for act in ACTS.values() if act.may(actor, consult)]
