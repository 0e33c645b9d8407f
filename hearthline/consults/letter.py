"""The answer as a tagged PDF, with a digital signature that any reader of PDF can check."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.translation import gettext
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from hearthline.charting.models import SHORT_TEXT_LENGTH, Document, Encounter
from hearthline.charting.pdf import letter_pdf
from hearthline.charting.services import add_document, finish_encounter, open_encounter
from hearthline.consults.access import opinions_for
from hearthline.consults.models import Consult
from hearthline.consults.queries import view_of
from hearthline.directory.access import practitioner_of
from hearthline.foundation import clock
from hearthline.foundation.blobs import store
from hearthline.foundation.crypto.files import create_once
from hearthline.foundation.ids import new_id
from hearthline.foundation.uploads import PDF
from hearthline.identity.policy import HearthlineRequest

VALID_FOR = timedelta(days=3650)
NAME = "Hearthline document signature"


def _new_seal() -> bytes:
    """Return a key and its self-signed certificate; an installation may put one of its authority in their place."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(new_id().int >> 1)
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + VALID_FOR)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        NAME.encode(), key, certificate, None, serialization.NoEncryption()
    )


def signer() -> signers.SimpleSigner:
    """Return what signs letters: the key of this installation, made at first use and kept with its other keys."""
    path = Path(settings.HEARTHLINE_KEY_DIRECTORY) / "document-seal.p12"
    kept = path.read_bytes() if path.exists() else create_once(path, _new_seal())
    loaded: signers.SimpleSigner | None = signers.SimpleSigner.load_pkcs12_data(kept, other_certs=[])
    if loaded is None:
        message = f"{path} cannot be read; put the key back from the backup of the keys"
        raise ValueError(message)
    return loaded


def sign_pdf(content: bytes, *, reason: str) -> bytes:
    """Return the PDF with our signature over every byte of it."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    facts = signers.PdfSignatureMetadata(field_name="Answer", reason=reason, md_algorithm="sha256")
    signed = signers.sign_pdf(writer, facts, signer=signer())
    return bytes(signed.getvalue())


def file_letter(request: HearthlineRequest, consult: Consult, zone: str) -> None:
    """Keep a closed case in the patient's chart: an encounter, and the signed letter with question and answers.

    So a visit or a referral that follows has all of it. Nothing is kept for an asker who is no practitioner.
    """
    actor = request.actor
    author = practitioner_of(actor)
    if author is None or not actor.is_clinician:
        return
    encounter = open_encounter(
        actor=actor,
        patient=consult.patient,
        practitioner=author,
        kind=Encounter.Kind.CONSULT,
        reason=consult.question[:SHORT_TEXT_LENGTH],
        started_at=consult.asked_at,
    )
    finish_encounter(actor=actor, encounter=encounter)
    content = consult_letter(request, consult, zone)
    blob = store(consult.organization_id, BytesIO(content), PDF)
    add_document(
        actor=actor,
        patient=consult.patient,
        kind=Document.Kind.LETTER,
        title=gettext("Answer of a specialist"),
        blob=blob,
        encounter=encounter,
    )


def consult_letter(request: HearthlineRequest, consult: Consult, zone: str) -> bytes:
    """Return the answers of a case that the actor may read, as a signed letter."""
    actor = request.actor
    context = {"view": view_of(actor, consult, zone), "consult": consult, "zone": zone}
    digests = [one.digest for one in opinions_for(actor, consult)]
    content = letter_pdf(request, "consults/letter.html", "charting/letter.css", context)
    return sign_pdf(content, reason=f"Answer {digests[-1]}")
