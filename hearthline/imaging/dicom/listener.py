"""The DICOM listener (C-STORE, C-ECHO): machines that know no DICOMweb send to it. A process of its own.

It listens on loopback unless told otherwise, knows its callers by their AE titles and address, takes TLS where a
certificate is given, and receives each object into memory-backed files, never onto a disk unencrypted.
"""

import logging
import mmap
import resource
import select
import socket
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from pynetdicom import AE, AllStoragePresentationContexts, _config, evt
from pynetdicom.transport import AssociationSocket

from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.foundation.sandbox import SandboxLimitError
from hearthline.imaging.dicom.access import current_grants
from hearthline.imaging.dicom.models import Gateway, Grant
from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.imaging.dicom.reading import ShiftReader
from hearthline.imaging.dicom.services.filing import stored
from hearthline.imaging.dicom.services.grants import actor_of, is_open
from hearthline.imaging.dicom.services.receive import MAX_INSTANCE_BYTES, receive
from hearthline.imaging.dicom.services.recent import Recent
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

logger = logging.getLogger(__name__)
MEMORY_DIRECTORY = Path("/dev/shm")  # noqa: S108 - memory, not a disk; files in it have no other reader
MAX_ASSOCIATIONS = 8
MAX_PDU_BYTES = 131_072  # above it nothing was gained
LOOK_SECONDS = 0.001  # so long the receiving thread waits for bytes before it looks whether it has to send
SECONDS = {"acse_timeout": 10, "dimse_timeout": 30, "network_timeout": 30}
VERIFICATION = "1.2.840.10008.1.1"  # C-ECHO
SUCCESS, NOT_AUTHORIZED, OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0x0000, 0x0124, 0xA700, 0xC000
CONNECTION_CLOSED = "Evt17"  # of the state machine (PS3.8 9.2)
REJECTED, BY_USER, CALLING_TITLE_UNKNOWN = 0x01, 0x01, 0x03  # PS3.8 table 9-21


@dataclass(frozen=True)
class Sender:
    """A machine that may store, and the patient whose images alone it sends (None: the header says whose)."""

    gateway: Gateway
    patient_id: UUID | None
    reader: ShiftReader = field(default_factory=ShiftReader)
    recent: Recent = field(default_factory=Recent)


class PromptSocket(AssociationSocket):
    """pynetdicom's socket, which sleeps instead of waiting for bytes and takes them in pieces of 4 KB.

    Measured: two of the six milliseconds that an object of half a megabyte takes to arrive.
    """

    @property
    def ready(self) -> bool:
        """Wait a moment for bytes; return whether there are some."""
        if self.socket is None or not self._is_connected:
            return False
        if isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            return True
        try:
            return bool(select.select([self.socket], [], [], LOOK_SECONDS)[0])
        except (OSError, ValueError):
            self.event_queue.put(CONNECTION_CLOSED)
            return False

    def recv(self, nr_bytes: int) -> bytearray:
        """Return so many bytes, fewer only when the other side has gone."""
        content, taken = bytearray(nr_bytes), 0
        if self.socket is None:
            return bytearray()
        with memoryview(content) as view:
            while taken < nr_bytes and (size := self.socket.recv_into(view[taken:])):
                taken += size
        del content[taken:]
        return content


def sender_of(calling_ae: str, called_ae: str, address: str) -> Sender | None:
    """Return the one machine that these titles and this address are of, or None."""
    found = []
    for organization in Organization.objects.filter(is_active=True):
        with acting_in(organization.id):
            now = clock.now()
            for gateway in Gateway.objects.filter(
                calling_ae=calling_ae, called_ae=called_ae, address=address, revoked_at__isnull=True
            ):
                if gateway.expires_at is not None and gateway.expires_at <= now:
                    continue
                grant = _store_grant(gateway)
                if grant is not None:
                    found.append(Sender(gateway, grant.patient_id))
    return found[0] if len(found) == 1 else None


def _store_grant(gateway: Gateway) -> Grant | None:
    grants = current_grants().filter(gateway=gateway, rights__contains=[Grant.Right.STORE])
    return grants.exclude(covers=Grant.Covers.STUDIES).order_by("covers").first()


class Listener:
    """Receives objects of the machines that are let in."""

    def __init__(self) -> None:
        self._senders: dict[int, Sender] = {}
        self._server: Any = None

    def start(self, host: str, port: int, context: ssl.SSLContext | None = None) -> int:
        """Listen in threads of this process; return the port."""
        tempfile.tempdir = str(MEMORY_DIRECTORY)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MAX_INSTANCE_BYTES, resource.RLIM_INFINITY))
        _config.STORE_RECV_CHUNKED_DATASET = True
        _config.LOG_HANDLER_LEVEL = "none"
        entity = AE(ae_title="HEARTHLINE")
        entity.maximum_associations, entity.maximum_pdu_size = MAX_ASSOCIATIONS, MAX_PDU_BYTES
        for name, seconds in SECONDS.items():
            setattr(entity, name, seconds)
        entity.add_supported_context(VERIFICATION)
        for one in AllStoragePresentationContexts:
            entity.add_supported_context(str(one.abstract_syntax), sorted(syntaxes.KNOWN))
        handlers: list[Any] = [
            (evt.EVT_CONN_OPEN, self._opened),
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_C_STORE, self._stored),
            # Each in a thread of its own that may have used the database.
            (evt.EVT_RELEASED, self._closed),
            (evt.EVT_ABORTED, self._closed),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]
        self._server = entity.start_server(
            (host, port), block=False, evt_handlers=handlers, ssl_context=context
        )
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """End."""
        self._server.shutdown()

    def _opened(self, event: Any) -> None:
        """Send small answers at once: with Nagle's algorithm each object waits for the other side's acknowledgement."""
        event.assoc.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        event.assoc.dul.socket.__class__ = PromptSocket
        event.assoc.dul._run_loop_delay = 0  # noqa: SLF001 - it waits in ``ready``

    def _requested(self, event: Any) -> None:
        request = event.assoc.requestor.primitive
        calling, called = str(request.calling_ae_title).strip(), str(request.called_ae_title).strip()
        try:
            sender = sender_of(calling, called, str(event.assoc.requestor.address))
        finally:
            connections.close_all()
        if sender is None:
            logger.warning("an association of an unknown machine was rejected")
            event.assoc.acse.send_reject(REJECTED, BY_USER, CALLING_TITLE_UNKNOWN)
            event.assoc.kill()
            return
        self._senders[id(event.assoc)] = sender

    def _closed(self, event: Any) -> None:
        sender = self._senders.pop(id(event.assoc), None)
        if sender is not None:
            sender.reader.end()
            _tell_the_rest(sender)
        connections.close_all()

    def _stored(self, event: Any) -> int:
        sender = self._senders.get(id(event.assoc))
        if sender is None:
            return NOT_AUTHORIZED
        sender.recent.refresh()
        try:
            return _keep(sender, Path(event.dataset_path))
        except SandboxLimitError:
            sender.recent.undo()
            return OUT_OF_RESOURCES
        except Exception:
            sender.recent.undo()
            logger.exception("an object could not be stored")
            return OUT_OF_RESOURCES


def _keep(sender: Sender, path: Path) -> int:
    """Store one received file; success means that it is on the disk, encrypted, and in the database."""
    gateway = sender.gateway
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content,
        memoryview(content) as view,
        acting_in(gateway.organization_id),
    ):
        if not is_open(gateway):
            return NOT_AUTHORIZED
        expected = Patient.objects.get(pk=sender.patient_id) if sender.patient_id else None
        (outcome,) = receive(
            actor_of(gateway, gateway.calling_ae),
            content=file.fileno(),
            view=view,
            spans=[(0, len(content))],
            expected=expected,
            source=gateway.calling_ae,
            reader=sender.reader.read,
            recent=sender.recent,
        )
    return CANNOT_UNDERSTAND if outcome.refused else SUCCESS


def _tell_the_rest(sender: Sender) -> None:
    """Tell of what came since a study was told of last; the association is over."""
    organization_id, untold = sender.gateway.organization_id, sender.recent.untold
    if untold:
        with acting_in(organization_id):
            publish(
                *(
                    stored(organization_id, study_id, patient_id, count)
                    for study_id, (patient_id, count) in untold.items()
                )
            )
        untold.clear()


def tls_context() -> ssl.SSLContext | None:
    """Return how connections are encrypted: with a certificate of ours, and one of the machine's authority if named."""
    if not settings.DICOM_CERTIFICATE:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.DICOM_CERTIFICATE, settings.DICOM_CERTIFICATE_KEY)
    if settings.DICOM_CLIENT_AUTHORITY:
        context.load_verify_locations(settings.DICOM_CLIENT_AUTHORITY)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
