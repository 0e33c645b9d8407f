"""The worker's one LISTEN connection: wakes whoever waits for a join, a call to make, or a message to read out."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection

from hearthline.messaging.transports.voice import CHANNEL as VOICE_CHANNEL
from hearthline.visits.services.messages import CHANNEL as ROOM_CHANNEL
from hearthline.visits.services.telephone import CHANNEL as CALL_CHANNEL

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
CHANNELS = (ROOM_CHANNEL, CALL_CHANNEL, VOICE_CHANNEL)
Hear = Callable[[str, str], None]
logger = logging.getLogger(__name__)


async def listen(hear: Hear, when_listening: Callable[[], None]) -> None:
    """Pass every notification on, for ever; after a lost connection ``when_listening`` says to look at everything."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listening:
                for channel in CHANNELS:
                    await listening.execute(f'LISTEN "{channel}"')
                pause = FIRST_PAUSE_SECONDS
                when_listening()
                async for notification in listening.notifies():
                    hear(notification.channel, notification.payload)
        except (psycopg.Error, OSError):
            logger.warning("the LISTEN connection was lost; trying again")
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _parameters() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    kept = ("host", "port", "dbname", "user", "password")
    return {name: parameters[name] for name in kept if parameters.get(name)}
