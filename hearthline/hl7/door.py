"""One message: who sends it, whether they may, and the answer, after it was committed."""

import logging
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from django.db import Error, connection

from hearthline.charting.results.drafts import UnreadableError
from hearthline.charting.results.intake import take
from hearthline.charting.results.models import IncomingMessage, Laboratory
from hearthline.hl7.acknowledgements import Outcome, acknowledgement
from hearthline.hl7.separators import Header, header_of
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

TAKEN_KINDS = {("ORU", "R01")}
PRODUCTION = "P"
NOT_LISTED = "This sender is not listed here. Ask the clinic to list it."
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Peer:
    """The other end of a connection."""

    address: str
    certificate_fingerprint: str = ""  # SHA-256 in hexadecimal, of a client certificate that was verified


class RefusedError(Exception):
    """The message is not taken at all."""

    def __init__(self, condition: str, where: str, sentence: str) -> None:
        super().__init__(sentence)
        self.condition = condition
        self.where = where


def answer(raw: bytes, peer: Peer) -> bytes:
    """Store a message and return its acknowledgement. Never raises: whatever comes is answered."""
    header = None
    try:
        if not connection.in_atomic_block:  # in a thread of the listener, which no request renews
            connection.close_if_unusable_or_obsolete()
        header = header_of(raw)
        return acknowledgement(header, _take(header, raw, peer))
    except UnreadableError as fault:
        return acknowledgement(header, Outcome("AR", fault.code, fault.where, str(fault)))
    except RefusedError as refusal:
        logger.warning("a message was refused", extra={"code": refusal.condition})
        return acknowledgement(header, Outcome("AR", refusal.condition, refusal.where, str(refusal)))
    except Error as fault:
        logger.exception("a message could not be stored", extra={"fault": type(fault).__name__})
        connection.close()
        return acknowledgement(header, _not_now())
    except Exception as fault:
        logger.exception("a message failed", extra={"fault": type(fault).__name__})
        return acknowledgement(header, _not_now())


def _not_now() -> Outcome:
    return Outcome("AR", "207", "", "It could not be stored now. Send it again later.")


def _take(header: Header, raw: bytes, peer: Peer) -> Outcome:
    organization = Organization.objects.filter(slug=header.receiving_facility.lower(), is_active=True).first()
    if organization is None:
        raise RefusedError(
            "103", "MSH-6", "MSH-6 has to name the clinic as it is written in its address here."
        )
    with acting_in(organization.id):
        laboratory = _sender(header, peer)
        if header.kind not in TAKEN_KINDS:
            raise RefusedError("200", "MSH-9", "Only results (ORU^R01) are taken here.")
        if header.processing != PRODUCTION:
            raise RefusedError("202", "MSH-11", "Test messages are not taken here: MSH-11 has to be P.")
        taken = take(
            laboratory=laboratory,
            message_format=IncomingMessage.Format.HL7,
            control_id=header.control_id,
            raw=raw,
        )
    if not taken.problem:
        return Outcome("AA")
    return Outcome("AE", taken.code, taken.where, f"{taken.sentence} It is kept for a person at the clinic.")


def _sender(header: Header, peer: Peer) -> Laboratory:
    """Return the laboratory that sends.

    Raises:
        RefusedError: it is not listed, or does not come from where it may.
    """
    laboratory = (
        Laboratory.objects.select_related("issuer")
        .filter(
            sending_application=header.sending_application,
            sending_facility=header.sending_facility,
            is_active=True,
        )
        .first()
    )
    if laboratory is None or not may_send(laboratory, peer):
        raise RefusedError("103", "MSH-3", NOT_LISTED)
    return laboratory


def may_send(laboratory: Laboratory, peer: Peer) -> bool:
    """Whether the laboratory's messages may come from this end."""
    if (
        laboratory.certificate_fingerprint
        and laboratory.certificate_fingerprint != peer.certificate_fingerprint
    ):
        return False
    networks = [ip_network(part) for part in laboratory.addresses.split()]
    return not networks or any(ip_address(peer.address) in network for network in networks)
