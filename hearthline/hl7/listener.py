"""The MLLP listener: frames in, one answer each, in order. Garbage costs its connection and nothing else."""

import asyncio
import hashlib
import logging
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from hl7.mllp.streams import CARRIAGE_RETURN, END_BLOCK, START_BLOCK

from hearthline.hl7 import limits
from hearthline.hl7.acknowledgements import Outcome, acknowledgement
from hearthline.hl7.door import Peer

END = END_BLOCK + CARRIAGE_RETURN
Answer = Callable[[bytes, Peer], bytes]
Networks = Sequence[IPv4Network | IPv6Network]
logger = logging.getLogger(__name__)


@dataclass
class Listener:
    """A listening socket and its connections. ``answer`` stores a message and blocks until it is committed."""

    answer: Answer
    allowed: Networks
    tls: ssl.SSLContext | None = None
    _open: Counter[str] = field(default_factory=Counter)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(limits.STORING_THREADS, thread_name_prefix="mllp")
    )
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(
            self._connected, host, port, limit=limits.MAX_MESSAGE_BYTES, ssl=self.tls
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more, finish what is being stored, and close."""
        if self._server is not None:
            self._server.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=limits.GRACE_SECONDS)
        for task in self._tasks:
            task.cancel()
        self._threads.shutdown(wait=False)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _peer_of(writer)
        if not self._admits(peer):
            logger.warning("a connection was refused")
            writer.close()
            return
        self._open[peer.address] += 1
        try:
            await self._serve(reader, writer, peer)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the other end went away, or said nothing whole in time: it sends again what was not answered
        finally:
            self._open[peer.address] -= 1
            self._open += Counter()  # forget addresses without a connection
            writer.close()

    def _admits(self, peer: Peer) -> bool:
        is_allowed = any(ip_address(peer.address) in network for network in self.allowed)
        has_room = (
            self._open.total() < limits.MAX_CONNECTIONS
            and self._open[peer.address] < limits.MAX_CONNECTIONS_EACH
        )
        return is_allowed and has_room

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        while (raw := await self._next(reader, writer)) is not None:
            storing = asyncio.create_task(self._reply(raw, writer, peer))
            self._tasks.add(storing)
            storing.add_done_callback(self._tasks.discard)
            await storing

    async def _reply(self, raw: bytes, writer: asyncio.StreamWriter, peer: Peer) -> None:
        loop = asyncio.get_running_loop()
        said = await loop.run_in_executor(self._threads, self.answer, raw, peer)
        writer.write(START_BLOCK + said + END)
        await writer.drain()

    async def _next(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """Return the next message, or None when the other end has said all or what it says is no message."""
        if not await _begun(reader):
            return None
        try:
            async with asyncio.timeout(limits.MESSAGE_SECONDS):
                block = await reader.readuntil(END)
        except asyncio.LimitOverrunError:
            writer.write(START_BLOCK + _too_large() + END)
            await writer.drain()
            return None
        return block[: -len(END)]


async def _begun(reader: asyncio.StreamReader) -> bool:
    """Wait for the start of a message; line ends and the like between two are overlooked, a few of them."""
    async with asyncio.timeout(limits.IDLE_SECONDS):
        for _ in range(limits.BETWEEN_BYTES):
            one = await reader.read(1)
            if one in {START_BLOCK, b""}:
                return bool(one)
    return False


def _too_large() -> bytes:
    sentence = f"A message has at most {limits.MAX_MESSAGE_BYTES} bytes."
    return acknowledgement(None, Outcome("AR", "207", "", sentence))


def _peer_of(writer: asyncio.StreamWriter) -> Peer:
    address = str(writer.get_extra_info("peername")[0])
    secured = writer.get_extra_info("ssl_object")
    certificate = secured.getpeercert(binary_form=True) if secured is not None else None
    return Peer(address, hashlib.sha256(certificate).hexdigest() if certificate else "")
