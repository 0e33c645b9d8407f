"""From a notification to the words one person gets by one channel."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hearthline.messaging import catalogue, wording
from hearthline.messaging.models import TemplateWording
from hearthline.messaging.recipients import Person
from hearthline.messaging.rules import Channel
from hearthline.messaging.wording import NOT_ON_SHARED_PHONES, Wording

MOMENT_MARK = "moment:"
ZONE_MARK = "@"


@dataclass(frozen=True)
class Rendered:
    """Words ready to go, and the language they are in."""

    wording: Wording
    language: str
    is_neutral: bool


def pack_context(context: Mapping[str, object]) -> str:
    """Return a context as text for its sealed column."""
    return json.dumps(
        {
            name: _pack_moment(value) if isinstance(value, datetime) else value
            for name, value in context.items()
        },
        ensure_ascii=False,
    )


def unpack_context(packed: str) -> dict[str, object]:
    """Return the context that ``pack_context`` packed."""
    return {
        name: _unpack_moment(value.removeprefix(MOMENT_MARK))
        if isinstance(value, str) and value.startswith(MOMENT_MARK)
        else value
        for name, value in json.loads(packed).items()
    }


def _pack_moment(moment: datetime) -> str:
    """Return a moment as text, with the zone it was given in when that zone has a name."""
    return f"{MOMENT_MARK}{moment.isoformat()}{ZONE_MARK}{getattr(moment.tzinfo, 'key', '')}"


def _unpack_moment(packed: str) -> datetime:
    text, _mark, zone = packed.partition(ZONE_MARK)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(ZoneInfo(zone)) if zone else moment


def render(
    template_name: str, context: Mapping[str, object], *, person: Person, channel: Channel
) -> Rendered:
    """Return the words for a person: the organization's own, else ours; neutral ones on a shared telephone."""
    is_neutral = person.is_telephone_shared and channel in {Channel.SMS, Channel.VOICE}
    template = catalogue.template(template_name)
    name = template.neutral if is_neutral else template.name
    words, language = find_wording(name, language=person.language, channel=channel)
    values = wording.say_values(context, zone=person.zone, language=language)
    values = {"name": person.name, **person.values, **values}
    if is_neutral and name != template.name:
        values = {key: value for key, value in values.items() if key not in NOT_ON_SHARED_PHONES}
    return Rendered(wording.fill(words, values), language, is_neutral)


def find_wording(name: str, *, language: str, channel: Channel) -> tuple[Wording, str]:
    """Return the words in force in the open organization, and their language."""
    own = TemplateWording.objects.filter(template=name, language=language, channel=channel).first()
    if own is not None:
        return Wording(text=own.text, subject=own.subject), language
    return catalogue.own_wording(name, language, channel)
