"""The worker of the telephone in this process, on a loop of its own, over committed rows."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

from hearthline.telephony.prompts import Prompter
from hearthline.telephony.sip.agent import AgentSettings
from hearthline.telephony.sip.digest import Credentials
from hearthline.telephony.sip.limits import CALLS_MOST
from hearthline.telephony.sip.wires import DatagramWire, Peer, StreamWire
from hearthline.telephony.tests.phones import HOST, PATIENCE_SECONDS, PAUSE_SECONDS
from hearthline.telephony.worker import Worker

LOCAL = [ip_network("127.0.0.0/8")]
Result = TypeVar("Result")


class Office:
    """A running worker."""

    def __init__(self, worker: Worker, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.worker, self.loop, self.port = worker, loop, port

    def do(self, work: Callable[[], Any]) -> Any:
        """Run something on the worker's loop and return what it gives."""

        async def inside() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(inside(), self.loop).result(PATIENCE_SECONDS)

    def wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE_SECONDS)


def wait_until(found: Callable[[], Result]) -> Result:
    """Ask again and again until the answer is true; return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := found()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(PAUSE_SECONDS)
    return answer


@contextmanager
def office(
    directory: Path,
    *,
    trunk_port: int = 9,
    transport: str = "udp",
    credentials: Credentials | None = None,
    registers: bool = False,
    is_sound_secured: bool = False,
    allowed: Sequence[Any] = LOCAL,
    calls_most: int = CALLS_MOST,
) -> Iterator[Office]:
    """Run the worker for the block; its trunk is whatever telephone listens at the port."""
    wanted = AgentSettings(
        address=HOST,
        port=0,
        trunk=Peer(HOST, trunk_port),
        domain=HOST,
        media_address=HOST,
        credentials=credentials,
        caller="+15125550100",
        is_sound_secured=is_sound_secured,
        allowed=allowed,
        calls_most=calls_most,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="office")
    thread.start()

    async def begin() -> tuple[Worker, int]:
        worker = Worker(wanted, Prompter(settings.STATE_DIRECTORY / "test" / "prompts"), registers=registers)
        wire = DatagramWire(worker.agent.receive) if transport == "udp" else StreamWire(worker.agent.receive)
        port = await worker.start(wire)
        await worker.is_listening.wait()
        return worker, port

    async def end(worker: Worker) -> None:
        await worker.stop()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:  # the library that asks relays for addresses leaves some
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    worker, port = asyncio.run_coroutine_threadsafe(begin(), loop).result(PATIENCE_SECONDS)
    try:
        yield Office(worker, loop, port)
    finally:
        asyncio.run_coroutine_threadsafe(end(worker), loop).result(PATIENCE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()
