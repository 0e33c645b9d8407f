"""The clinic itself: organization, sites, staff, licences, services, hours, texts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from hearthline.charting.models import NoteTemplate
from hearthline.demo.cast import OUTSIDE_SPECIALIST, STAFF, STRANGER, STRANGER_ADMINISTRATOR, Person
from hearthline.demo.credentials import Credentials
from hearthline.demo.names import STAFF_DOMAIN
from hearthline.directory.models import Practitioner
from hearthline.directory.services.consents import write_consent_text
from hearthline.directory.services.practitioners import save_licence, save_practitioner
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.accounts import create_demo_user
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.scheduling.models import AvailabilityRule, Service, ServiceOffer
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization, Site

ZONE = "America/Chicago"
OPENS, CLOSES = time(7, 0), time(21, 0)

SERVICES: dict[str, dict[str, Any]] = {
    "checkup": {
        "names": {"en": "Visit with a doctor", "es": "Consulta con un médico", "ar": "زيارة مع طبيب"},
        "duration_minutes": 20,
        "modes": ["video", "phone", "audio", "in_person"],
        "takes_walk_ins": True,
    },
    "talk": {
        "names": {"en": "Longer talk", "es": "Consulta larga", "ar": "زيارة أطول"},
        "duration_minutes": 40,
        "modes": ["video", "phone", "in_person"],
    },
    "follow_up": {
        "names": {"en": "Follow-up", "es": "Control", "ar": "متابعة"},
        "duration_minutes": 15,
        "modes": ["video", "phone", "audio"],
        "booked_by": "known_patients",
    },
    "skin": {
        "names": {"en": "Skin doctor", "es": "Dermatología", "ar": "طبيب الجلد"},
        "duration_minutes": 20,
        "modes": ["video", "in_person"],
    },
    "nurse": {
        "names": {"en": "Talk with a nurse", "es": "Hablar con enfermería", "ar": "حديث مع ممرضة"},
        "duration_minutes": 15,
        "modes": ["video", "phone"],
        "needs_licence": False,
    },
}

CONSENT = {
    "en": (
        "Care by video, telephone and messages",
        "You can talk with your care team by video, telephone or messages. It is private, and nothing is recorded. "
        "Some problems need a visit in person; we tell you when. The picture or sound may fail; then we call you. "
        "You can say no at any time and still get care. This is not for emergencies: in an emergency call 911.",
    ),
    "es": (
        "Atención por video, teléfono y mensajes",
        "Usted puede hablar con su equipo por video, teléfono o mensajes. Es privado y no se graba nada. Algunos "
        "problemas necesitan una visita en persona; se lo diremos. La imagen o el sonido pueden fallar; entonces le "
        "llamamos. Puede decir que no en cualquier momento y seguir recibiendo atención. No es para emergencias: en una "
        "emergencia llame al 911.",
    ),
    "ar": (
        "الرعاية بالفيديو والهاتف والرسائل",
        "يمكنك التحدث مع فريق الرعاية بالفيديو أو الهاتف أو الرسائل. الحديث خاص ولا يُسجَّل شيء. بعض المشاكل تحتاج إلى زيارة "
        "في العيادة، وسنخبرك بذلك. قد تنقطع الصورة أو الصوت، وعندها نتصل بك. يمكنك الرفض في أي وقت وتبقى لك الرعاية. هذه "
        "الخدمة ليست للطوارئ: في الطوارئ اتصل بالرقم 911.",
    ),
}
MONITORING_CONSENT = {
    "en": (
        "Measuring at home",
        "You get devices that send your numbers to us. We look at them on working days, not around the clock. In an "
        "emergency call 911. You may have to pay a share of the cost each month. You can stop at any time and send the "
        "devices back.",
    ),
    "es": (
        "Medir en casa",
        "Usted recibe aparatos que nos envían sus números. Los miramos en días de trabajo, no las 24 horas. En una "
        "emergencia llame al 911. Puede que pague una parte del costo cada mes. Puede parar cuando quiera y devolver los "
        "aparatos.",
    ),
    "ar": (
        "القياس في البيت",
        "تحصل على أجهزة ترسل أرقامك إلينا. ننظر إليها في أيام العمل وليس على مدار الساعة. في الطوارئ اتصل بالرقم 911. قد "
        "تدفع جزءًا من التكلفة كل شهر. يمكنك التوقف في أي وقت وإعادة الأجهزة.",
    ),
}
PHOTOS_CONSENT = {
    "en": (
        "Photos for your care",
        "You send us photos of your body so that we can look after you. Only your care team and the specialists they ask "
        "can see them. They are part of your record. Photos of intimate places are covered until somebody asks to see "
        "them. You may have a person you trust with you. We do not teach with them or publish them without asking again.",
    ),
    "es": (
        "Fotos para su atención",
        "Usted nos envía fotos de su cuerpo para que podamos atenderle. Solo las ven su equipo y los especialistas a "
        "quienes pregunta. Son parte de su historia. Las fotos íntimas están cubiertas hasta que alguien pide verlas. "
        "Puede estar con una persona de confianza. No las usamos para enseñar ni publicar sin preguntarle de nuevo.",
    ),
    "ar": (
        "صور من أجل رعايتك",
        "ترسل إلينا صورًا لجسمك كي نعتني بك. لا يراها إلا فريق رعايتك والأخصائيون الذين يسألهم. هي جزء من سجلك. الصور "
        "الخاصة مغطاة حتى يطلب أحد رؤيتها. يمكن أن يكون معك شخص تثق به. لا نستعملها للتعليم أو النشر دون سؤالك من جديد.",
    ),
}
TEMPLATES = {
    "Respiratory infection": (
        "Days of illness, fever, breathing, fluids:",
        "Breathing, throat, temperature:",
    ),
    "Chronic condition follow-up": (
        "Home readings, symptoms, medicines taken:",
        "General state, readings shown:",
    ),
    "Skin": ("Where, since when, itching, what was tried:", "Size, colour, border, surface:"),
}


@dataclass
class Clinic:
    """What the other parts of the demo build on."""

    organization: Organization
    site: Site
    hub: Site
    administrator: Actor
    navigator: Actor
    practitioners: dict[str, Practitioner]
    memberships: dict[str, Membership]
    services: dict[str, Service]


def open_organization(slug: str, name: str, **values: Any) -> Organization:
    """Return the organization, making it at first."""
    found = Organization.objects.filter(slug=slug).first()
    if found is not None:
        return found
    organization = Organization(id=new_id(), slug=slug, name=name, **values)
    with acting_in(organization.id):
        organization.save(force_insert=True)
    return organization


def actor_of(membership: Membership, name: str) -> Actor:
    """Return the actor that a demo person is."""
    return Actor(
        organization_id=membership.organization_id,
        user_id=membership.user_id,
        membership_id=membership.id,
        name=name,
        roles=frozenset(Role(role) for role in membership.roles),
        is_mfa=True,
        authenticated_at=clock.now(),
        origin="demo",
    )


def join(
    organization_id: UUID, person: Person, domain: str, credentials: Credentials, site: Site | None = None
) -> Membership:
    """Let a demo person sign in; a hub attendant at ``site``."""
    facts = credentials.of(person, person.email(domain))
    return create_demo_user(
        organization_id=organization_id,
        email=facts["user"],
        name=person.name,
        password=facts["password"],
        roles=person.roles,
        totp_secret=facts["totp_secret"],
        language=person.language,
        site_id=site.id if site is not None and Role.HUB_ATTENDANT in person.roles else None,
    )


def build_clinic(credentials: Credentials) -> Clinic:
    """Return the clinic, making what is missing."""
    organization = open_organization(
        "riverbend",
        "Riverbend Community Health",
        zone=ZONE,
        jurisdiction="US-TX",
        telephone="+15125550100",
        dial_in_number="+15125550200",
        emergency_number="911",
    )
    with acting_in(organization.id):
        site = _site(organization, "Main Street Clinic", "410 Main Street, Austin, TX 78701")
        hub = _site(
            organization,
            "Bastrop Public Library, room 2",
            "1100 Church Street, Bastrop, TX 78602",
            is_hub=True,
        )
    memberships = {
        person.key: join(organization.id, person, STAFF_DOMAIN, credentials, hub) for person in STAFF
    }
    names = {person.key: person.name for person in STAFF}
    administrator = actor_of(memberships["simone"], names["simone"])
    with acting_in(organization.id):
        services = _services(organization)
        practitioners = {
            person.key: _practitioner(administrator, person, memberships[person.key])
            for person in STAFF
            if person.specialty
        }
        _hours(practitioners, STAFF, services, site)
        _texts(administrator)
    return Clinic(
        organization=organization,
        site=site,
        hub=hub,
        administrator=administrator,
        navigator=actor_of(memberships["june"], names["june"]),
        practitioners=practitioners,
        memberships=memberships,
        services=services,
    )


@dataclass
class Neighbour:
    """The other organization: its people must never see the clinic's patients, but for a case that was granted."""

    organization: Organization
    administrator: Actor
    specialist: Practitioner
    memberships: dict[str, Membership]


def build_neighbour(credentials: Credentials) -> Neighbour:
    """Return the other organization, making what is missing."""
    organization = open_organization(
        "lakeside",
        "Lakeside Specialty Group",
        zone="America/New_York",
        jurisdiction="US-NY",
        telephone="+12125550100",
    )
    memberships = {
        person.key: join(organization.id, person, "lakeside.example", credentials)
        for person in (STRANGER, OUTSIDE_SPECIALIST, STRANGER_ADMINISTRATOR)
    }
    administrator = actor_of(memberships[STRANGER_ADMINISTRATOR.key], STRANGER_ADMINISTRATOR.name)
    with acting_in(organization.id):
        _site(organization, "Lakeside Rooms", "12 Shore Drive, Albany, NY 12207", jurisdiction="US-NY")
        _practitioner(administrator, STRANGER, memberships[STRANGER.key])
        specialist = _practitioner(administrator, OUTSIDE_SPECIALIST, memberships[OUTSIDE_SPECIALIST.key])
    return Neighbour(organization, administrator, specialist, memberships)


def _site(organization: Organization, name: str, address: str, **values: Any) -> Site:
    facts = {
        "zone": organization.zone,
        "jurisdiction": organization.jurisdiction,
        "telephone": organization.telephone,
    }
    site, _ = Site.objects.get_or_create(
        organization_id=organization.id, name=name, defaults={**facts, "address": address, **values}
    )
    return site


def _services(organization: Organization) -> dict[str, Service]:
    existing = {service.names["en"]: service for service in Service.objects.all()}
    services = {}
    for position, (key, values) in enumerate(SERVICES.items()):
        services[key] = existing.get(values["names"]["en"]) or Service.objects.create(
            organization_id=organization.id, position=position, step_minutes=10, notice_minutes=5, **values
        )
    return services


def _practitioner(administrator: Actor, person: Person, membership: Membership) -> Practitioner:
    found = Practitioner.objects.filter(membership=membership).first()
    if found is not None:
        return found
    practitioner = save_practitioner(
        actor=administrator,
        membership=membership,
        values={
            "given_names": person.given,
            "family_name": person.family,
            "title": person.title,
            "credential": person.credential,
            "specialty": person.specialty,
        },
        languages=person.spoken,
    )
    today = clock.now().date()
    for number, jurisdiction in enumerate(person.jurisdictions):
        save_licence(
            actor=administrator,
            practitioner=practitioner,
            values={
                "jurisdiction": jurisdiction,
                "number": f"DEMO-{person.key.upper()}-{number + 1}",
                "valid_from": date(today.year - 2, 1, 1),
                # One licence runs out soon, so that the warning can be seen.
                "valid_until": today + timedelta(days=25 if person.key == "priya" else 400),
                "source": "register",
                "checked_on": today,
            },
        )
    return practitioner


def _hours(
    practitioners: dict[str, Practitioner], people: Iterable[Person], services: dict[str, Service], site: Site
) -> None:
    if AvailabilityRule.objects.exists():
        return
    for person in people:
        practitioner = practitioners.get(person.key)
        if practitioner is None:
            continue
        for weekday in range(7):
            AvailabilityRule.objects.create(
                organization_id=site.organization_id,
                practitioner=practitioner,
                site=site,
                weekday=weekday,
                starts=OPENS,
                ends=CLOSES,
                zone=site.zone,
                valid_from=clock.now().date() - timedelta(days=60),
            )
        for key in person.offers:
            ServiceOffer.objects.create(
                organization_id=site.organization_id, practitioner=practitioner, service=services[key]
            )


def _texts(administrator: Actor) -> None:
    for language, (title, body) in CONSENT.items():
        write_consent_text(actor=administrator, kind="telehealth", language=language, title=title, body=body)
    for language, (title, body) in MONITORING_CONSENT.items():
        write_consent_text(actor=administrator, kind="monitoring", language=language, title=title, body=body)
    for language, (title, body) in PHOTOS_CONSENT.items():
        write_consent_text(actor=administrator, kind="photos", language=language, title=title, body=body)
    for name, (subjective, objective) in TEMPLATES.items():
        NoteTemplate.objects.get_or_create(
            organization_id=administrator.organization_id,
            name=name,
            defaults={"subjective": subjective, "objective": objective},
        )
