"""How SIP messages travel: UDP, TCP and TLS, the same to whoever sends (RFC 3261 section 18)."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hearthline.telephony.sip.messages import MalformedError, take_frame

CONNECTIONS_MOST = 64
CONNECT_SECONDS = 5.0
READ_BYTES = 16_384
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Peer:
    """The other end of a message: where answers and further requests go."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


Receive = Callable[[bytes, Peer], None]


class DatagramWire(asyncio.DatagramProtocol):
    """SIP over UDP: one socket for everybody."""

    name = "UDP"
    is_reliable = False

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, address: str, port: int) -> int:
        """Listen; return the port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(address, port))
        return int(self._transport.get_extra_info("sockname")[1])

    async def stop(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()

    def send(self, data: bytes, peer: Peer) -> None:
        """Send one message; what a network loses is sent again by its transaction."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, (peer.host, peer.port))

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Hand a datagram on."""
        self._receive(data, Peer(str(addr[0]), int(addr[1])))

    def error_received(self, exc: Exception) -> None:
        """Nothing: an unreachable peer is noticed by the transaction's timers."""


class StreamWire:
    """SIP over TCP or TLS: connections come in, and one is opened to whoever has none when something is to be said."""

    is_reliable = True

    def __init__(
        self,
        receive: Receive,
        *,
        serving: ssl.SSLContext | None = None,
        calling: ssl.SSLContext | None = None,
        trunk_name: str = "",
    ) -> None:
        self._receive, self._serving, self._calling = receive, serving, calling
        self._trunk_name = trunk_name or None  # whose certificate is asked for when we connect
        self.name = "TCP" if calling is None else "TLS"
        self._writers: dict[Peer, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, address: str, port: int) -> int:
        """Listen; return the port. Over TLS without a certificate of ours only our own connections are used."""
        if self._calling is not None and self._serving is None:
            return port
        self._server = await asyncio.start_server(self._come, address, port, ssl=self._serving)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        for writer in list(self._writers.values()):
            writer.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def send(self, data: bytes, peer: Peer) -> None:
        """Send over the peer's connection, opening one where there is none."""
        writer = self._writers.get(peer)
        if writer is not None and not writer.is_closing():
            writer.write(data)
            return
        self._keep(self._open_and_send(data, peer))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open_and_send(self, data: bytes, peer: Peer) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    peer.host,
                    peer.port,
                    ssl=self._calling,
                    server_hostname=self._trunk_name if self._calling is not None else None,
                    limit=READ_BYTES,
                )
        except (OSError, ssl.SSLError, TimeoutError):
            logger.warning("a SIP peer cannot be reached")  # its transaction gives up by its own timer
            return
        writer.write(data)
        await self._read(reader, writer, peer)

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("peername")[:2]
        if len(self._writers) >= CONNECTIONS_MOST:
            writer.close()
            return
        await self._read(reader, writer, Peer(str(host), int(port)))

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        self._writers[peer] = writer
        buffer = b""
        try:
            while piece := await reader.read(READ_BYTES):
                frame, buffer = take_frame(buffer + piece)
                while frame is not None:
                    self._receive(frame, peer)
                    frame, buffer = take_frame(buffer)
        except (MalformedError, OSError, ssl.SSLError):
            logger.info("a SIP connection was closed for what it said")
        finally:
            self._writers.pop(peer, None)
            with suppress(OSError):
                writer.close()


Wire = DatagramWire | StreamWire
