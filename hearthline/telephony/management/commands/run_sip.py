"""``manage run_sip``: take and make telephone calls through the trunk until told to stop."""

import asyncio
import shutil
import signal
import socket
import ssl
import sys
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hearthline.telephony.mesh import meet_at
from hearthline.telephony.prompts import Prompter
from hearthline.telephony.sip.agent import AgentSettings
from hearthline.telephony.sip.digest import Credentials
from hearthline.telephony.sip.wires import DatagramWire, Peer, StreamWire, Wire
from hearthline.telephony.worker import Worker

NOTHING_TO_DO = 69  # the supervisor leaves a process alone that ends so
NO_TRUNK = "No telephone trunk is connected: HEARTHLINE_SIP_TRUNK is not set."
NO_VOICE = "Nothing could be said on the telephone. Install its voice with: apt-get install espeak-ng"
OPEN_WIRE = (
    "The trunk is on another machine and HEARTHLINE_SIP_TRANSPORT is not tls, so calls would be signalled in the "
    "clear. Use tls with HEARTHLINE_SIP_SRTP=yes, or a VPN and HEARTHLINE_SIP_VPN=yes."
)
PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


class Command(BaseCommand):
    help = "Take and make telephone calls through the SIP trunk."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Telephone until SIGTERM or SIGINT."""
        if not settings.SIP_TRUNK:
            self.stderr.write(NO_TRUNK)
            sys.exit(NOTHING_TO_DO)
        if shutil.which("espeak-ng") is None:
            self.stderr.write(NO_VOICE)
            sys.exit(NOTHING_TO_DO)
        name, trunk = trunk_of(settings.SIP_TRUNK, settings.SIP_TRANSPORT)
        if (
            settings.SIP_TRANSPORT != "tls"
            and not ip_address(trunk.host).is_loopback
            and not settings.SIP_VPN
        ):
            raise CommandError(OPEN_WIRE)
        if settings.SIP_PEER_ADDRESS:
            meet_at(settings.SIP_PEER_ADDRESS)
        asyncio.run(self._run(name, trunk))

    async def _run(self, name: str, trunk: Peer) -> None:
        prompter = Prompter(settings.STATE_DIRECTORY / "prompts")
        worker = Worker(agent_settings(name, trunk), prompter, registers=settings.SIP_REGISTERS)
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        port = await worker.start(wire_for(worker, name))
        self.stdout.write(f"listening on {settings.SIP_LISTEN}:{port}")
        self.stdout.flush()
        await stopping.wait()
        await worker.stop()


def trunk_of(text: str, transport: str) -> tuple[str, Peer]:
    """Return the trunk's name and address.

    Raises:
        CommandError: it is unknown how, or where, it is reached.
    """
    if transport not in PORTS:
        raise CommandError(f"HEARTHLINE_SIP_TRANSPORT is one of {', '.join(PORTS)}.")
    name, _, port = text.partition(":")
    try:
        return name, Peer(socket.gethostbyname(name), int(port or PORTS[transport]))
    except (OSError, ValueError) as error:
        raise CommandError(f"HEARTHLINE_SIP_TRUNK names no host that is known: {error}") from error


def agent_settings(name: str, trunk: Peer) -> AgentSettings:
    """Return what the settings say of the trunk and of us."""
    user = settings.SIP_USER
    return AgentSettings(
        address=settings.SIP_LISTEN,
        port=settings.SIP_PORT,
        trunk=trunk,
        domain=settings.SIP_DOMAIN or name,
        media_address=settings.SIP_MEDIA_ADDRESS,
        media_ports=ports_of(settings.SIP_MEDIA_PORTS),
        credentials=Credentials(user, settings.SIP_PASSWORD) if user else None,
        caller=settings.SIP_CALLER,
        is_sound_secured=settings.SIP_SECURES_SOUND,
        allowed=[ip_network(trunk.host), *(ip_network(part) for part in settings.SIP_ALLOWED.split())],
    )


def ports_of(text: str) -> Sequence[int]:
    """Return the ports for sound, from ``first-last``; none named: the system chooses."""
    first, _, last = text.partition("-")
    return range(int(first), int(last) + 1) if last else []


def wire_for(worker: Worker, name: str) -> Wire:
    """Return how SIP messages travel to and from the trunk."""
    receive = worker.agent.receive
    if settings.SIP_TRANSPORT == "udp":
        return DatagramWire(receive)
    if settings.SIP_TRANSPORT == "tcp":
        return StreamWire(receive)
    calling = ssl.create_default_context(cafile=settings.SIP_TRUNK_CA or None)
    serving = None
    if settings.SIP_CERTIFICATE:
        serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        serving.minimum_version = ssl.TLSVersion.TLSv1_2
        serving.load_cert_chain(settings.SIP_CERTIFICATE, settings.SIP_PRIVATE_KEY or None)
    return StreamWire(receive, serving=serving, calling=calling, trunk_name=name)
