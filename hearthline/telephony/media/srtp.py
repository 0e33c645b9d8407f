"""SRTP with keys from the description of the sound (RFC 4568), by libsrtp."""

from pylibsrtp import Error, Policy, Session


class SecuredSound:
    """Seals what we send with our key and opens what comes with theirs."""

    def __init__(self, *, ours: bytes, theirs: bytes) -> None:
        self._out = Session(Policy(key=ours, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
        self._in = Session(Policy(key=theirs, ssrc_type=Policy.SSRC_ANY_INBOUND))

    def seal(self, packet: bytes) -> bytes:
        """Return a packet as it goes over the wire."""
        return bytes(self._out.protect(packet))

    def open(self, packet: bytes) -> bytes | None:
        """Return the packet inside, or None when it is not theirs, was changed or came before."""
        try:
            return bytes(self._in.unprotect(packet))
        except Error:
            return None
