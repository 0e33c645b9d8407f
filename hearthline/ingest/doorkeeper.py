"""Who is let in by which door: by a secret that comes with the request, or by the device's own signature."""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar

from hearthline.ingest.answers import Refused
from hearthline.ingest.credentials import Caller, Credentials, Name
from hearthline.ingest.limits import LOOKED_UP_AT_ONCE
from hearthline.ingest.requests import Message, presented
from hearthline.ingest.signatures import check, claimed

Result = TypeVar("Result")


class Doorkeeper:
    """Asks the credentials, off the event loop where the database has to be asked."""

    def __init__(self) -> None:
        self._credentials = Credentials()
        self._asked: dict[Name, asyncio.Future[Caller | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Let the connection go."""
        await asyncio.to_thread(self._credentials.close)

    async def admit(self, scope: Message, door: str) -> Caller:
        """Return who sends.

        Raises:
            Refused: nobody known, or not through this door.
        """
        claim = claimed(scope)
        name = Name(claim.key_id, is_key=True) if claim else Name(presented(scope))
        is_known, caller = self._credentials.known(name)
        if not is_known:
            caller = await self._look_up(name)
        if caller is None:
            sentence = "This token is not known, has ended or was withdrawn; ask the clinic for a new one."
            raise Refused(401, "unknown-credential", sentence)
        if door not in caller.doors:
            raise Refused(403, "not-allowed", f"This token does not open the {door} door; ask the clinic.")
        return caller

    async def _look_up(self, name: Name) -> Caller | None:
        """Return whose a name is. While one look-up runs, the names that come wait for the next, together."""
        future = self._asked.get(name)
        if future is None:
            future = self._asked[name] = asyncio.get_running_loop().create_future()
            if self._looking is None:
                self._looking = asyncio.create_task(self._look_up_all())
        return await asyncio.shield(future)

    async def _look_up_all(self) -> None:
        while self._asked:
            asked = dict(islice(self._asked.items(), LOOKED_UP_AT_ONCE))
            for name in asked:
                del self._asked[name]
            try:
                found = await self._aside(self._credentials.find, asked)
            except Exception as fault:  # told to everybody who waits
                for future in asked.values():
                    future.set_exception(fault)
                    future.exception()  # whoever asked may be gone
            else:
                for name, future in asked.items():
                    future.set_result(found[name])
        self._looking = None

    async def check_signature(self, caller: Caller, scope: Message, sent: bytes) -> None:
        """Let a request of a signing device pass once; requests with a token pass.

        Raises:
            Refused: it is not signed by this device, not of now, or was taken before.
        """
        claim = claimed(scope) if caller.public_key else None
        if claim and caller.public_key:
            check(claim, caller.public_key, scope, sent)
            used = await self._aside(self._credentials.count, caller, claim.counter)
            if used is not None:
                raise Refused(401, "old-counter", f"Sign it again with a counter above {used}.")

    async def learn_devices(self, caller: Caller, identifiers: set[str]) -> None:
        """Make sure that ``caller.devices`` knows these identifiers."""
        missing = self._credentials.unknown_devices(caller, identifiers)
        if missing:
            await self._aside(self._credentials.find_devices, caller, missing)

    async def query(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        """Run a small reading statement."""
        return await self._aside(self._credentials.query, statement, values)

    async def _aside(self, work: Callable[..., Result], *values: Any) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._credentials.executor, work, *values)
