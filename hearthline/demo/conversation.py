"""Conversations between the invented patients and their care team, some answered, some waiting."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from hearthline.demo.clinic import Clinic, actor_of
from hearthline.directory.models import Patient, PatientAccount
from hearthline.directory.services.people import link_account
from hearthline.foundation import clock
from hearthline.identity.accounts import create_demo_user
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.messaging.conversations import close, start_thread, write
from hearthline.messaging.models import Message, PoolMember, RoutingPool, Thread
from hearthline.tenancy.context import acting_in

CLINICIANS = {"ines": "Ines Okafor", "daniel": "Daniel Whitehorse", "amara": "Dr. Amara Lindqvist"}


@dataclass(frozen=True)
class Talk:
    """A conversation: what was asked, hours ago, and each answer (who, hours later, what)."""

    subject: str
    text: str
    hours_ago: float
    answers: tuple[tuple[str, float, str], ...] = ()
    is_closed: bool = False


TALKS = {
    "es": (
        Talk(
            "Pastilla de la presión",
            "Hola, ¿puedo tomar la pastilla con el desayuno o tiene que ser antes? Gracias.",
            26,
            (
                (
                    "ines",
                    2,
                    "Buenos días. Puede tomarla con el desayuno. Lo importante es que sea a la misma hora.",
                ),
                ("patient", 1, "Muchas gracias."),
            ),
            is_closed=True,
        ),
        Talk("Resultados del análisis", "¿Ya están los resultados de sangre de la semana pasada?", 3),
    ),
    "en": (
        Talk(
            "Refill of my inhaler",
            "My inhaler is nearly empty. Could you send a refill to the pharmacy on Pecan Avenue?",
            50,
            (("daniel", 4, "Thank you for telling us in time. Dr. Lindqvist has sent it this morning."),),
        ),
        Talk("Question before Thursday", "Do I need to fast before the blood test on Thursday?", 1.5),
    ),
    "ar": (
        Talk(
            "موعد الأسبوع القادم",
            "هل يمكن أن تكون الزيارة بالهاتف بدل الفيديو؟ الشبكة ضعيفة عندنا.",
            20,
            (("amara", 3, "نعم، بكل سرور. سنتصل بك في الموعد نفسه."),),
        ),
    ),
}


def fill_conversations(clinic: Clinic, patients: list[Patient]) -> None:
    """Make the team's box and its conversations, once."""
    with acting_in(clinic.organization.id):
        if Thread.objects.exists():
            return
        pool = _pool(clinic)
    people = [*patients[:3], *[one for one in patients[3:] if one.language in TALKS][:9]]
    for number, patient in enumerate(people):
        talks = TALKS[patient.language]
        talk = talks[number % len(talks)]
        _hold(clinic, pool, patient, talk, number)


def _pool(clinic: Clinic) -> RoutingPool:
    pool, _ = RoutingPool.objects.get_or_create(
        organization_id=clinic.organization.id,
        name="Nurses",
        defaults={"weekdays": [0, 1, 2, 3, 4], "answer_within_minutes": 480},
    )
    for key in CLINICIANS:
        PoolMember.objects.get_or_create(
            organization_id=clinic.organization.id, pool=pool, user_id=clinic.memberships[key].user_id
        )
    return pool


def _author(clinic: Clinic, patient: Patient, number: int) -> Actor:
    with acting_in(clinic.organization.id):
        account = PatientAccount.objects.filter(patient=patient, ended_at__isnull=True).first()
        if account is not None:
            membership = Membership.objects.get(
                user_id=account.user_id, organization_id=clinic.organization.id
            )
            return actor_of(membership, patient.full_name)
    membership = create_demo_user(
        organization_id=clinic.organization.id,
        email=f"writer{number:02d}@patients.example",
        name=patient.full_name,
        password=secrets.token_urlsafe(24),
        roles=frozenset({Role.PATIENT}),
        language=patient.page_language,
    )
    with acting_in(clinic.organization.id):
        link_account(actor=clinic.navigator, patient=patient, user_id=membership.user_id)
    return actor_of(membership, patient.full_name)


def _hold(clinic: Clinic, pool: RoutingPool, patient: Patient, talk: Talk, number: int) -> None:
    author = _author(clinic, patient, number)
    at: datetime = clock.now() - timedelta(hours=talk.hours_ago + number)
    with acting_in(clinic.organization.id):
        with clock.frozen(at):
            thread = start_thread(
                actor=author,
                patient=patient,
                pool=pool,
                subject=talk.subject,
                text=talk.text,
                key=f"demo {patient.id}",
                author_kind=Message.Author.PATIENT,
            )
        for step, (who, hours, text) in enumerate(talk.answers):
            at += timedelta(hours=hours)
            is_staff = who in CLINICIANS
            actor = actor_of(clinic.memberships[who], CLINICIANS[who]) if is_staff else author
            with clock.frozen(at):
                write(
                    actor=actor,
                    thread=thread,
                    text=text,
                    key=f"demo {patient.id} {step}",
                    author_kind=Message.Author.STAFF if is_staff else Message.Author.PATIENT,
                )
        if talk.is_closed:
            close(actor=actor_of(clinic.memberships["ines"], CLINICIANS["ines"]), thread=thread)
