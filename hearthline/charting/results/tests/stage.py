"""A laboratory, its patient with a record number, and messages as laboratories write them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from hearthline.charting.results.intake import Taken, take
from hearthline.charting.results.models import IncomingMessage, Laboratory, Report
from hearthline.directory.indexes import identifier_index
from hearthline.directory.models import IdentifierIssuer, Patient, PatientIdentifier, Practitioner
from hearthline.directory.tests.stage import make_practitioner, own_patient, treat
from tests.people import People

NUMBER = "HL-10457"
HEADER = (
    r"MSH|^~\&|{application}|{facility}|HEARTHLINE|{clinic}|{sent}||ORU^R01^ORU_R01|{control}|P|2.5.1"
    r"||||||{charset}"
)
PATIENT = "PID|1||{number}^^^HL^MR||{family}^{given}||{birth}|F"
ORDER = (
    "OBR|1|{placer}|{filler}|{code}|||{collected}" + "|" * 9 + "{orderer}" + "|" * 6 + "{issued}|||{status}"
)


@dataclass
class Stage:
    """Rosa Delgado, treated by the physician; the specialist treats nobody."""

    people: People
    patient: Patient
    practitioner: Practitioner
    laboratory: Laboratory
    issuer: IdentifierIssuer

    def take(self, text: str, control_id: str = "M1", charset: str = "utf-8") -> Taken:
        """File a message by the pipeline's own door."""
        return take(
            laboratory=self.laboratory,
            message_format=IncomingMessage.Format.HL7,
            control_id=control_id,
            raw=text.encode(charset),
        )

    def report(self) -> Report:
        return Report.objects.get(patient=self.patient)


def make_stage(people: People) -> Stage:
    patient = own_patient(people, birth_date=date(1958, 3, 4), language="es")
    practitioner = make_practitioner(people.physician)
    make_practitioner(people.specialist, "Varga", given_names="Tomas")
    make_practitioner(people.nurse, "Okafor", given_names="Ines")
    treat(patient, practitioner)
    organization_id = people.organization.id
    issuer, _ = IdentifierIssuer.objects.get_or_create(organization_id=organization_id, name="Clinic")
    add_number(patient, issuer, NUMBER)
    laboratory, _ = Laboratory.objects.get_or_create(
        organization_id=organization_id,
        sending_application="LIS",
        sending_facility="NORTHLAB",
        defaults={"name": "North Laboratory", "zone": "America/Chicago", "issuer": issuer},
    )
    return Stage(people, patient, practitioner, laboratory, issuer)


def add_number(patient: Patient, issuer: IdentifierIssuer, number: str) -> None:
    PatientIdentifier.objects.get_or_create(
        organization_id=patient.organization_id,
        issuer=issuer,
        value_index=identifier_index(issuer, number),
        defaults={"patient": patient, "value": number},
    )


def oru(*lines: str, **values: Any) -> str:
    """Return an ORU^R01 with one report; ``lines`` are its OBX and NTE."""
    facts = {
        "application": "LIS", "facility": "NORTHLAB", "clinic": "riverbend", "sent": "20261101101500-0600",
        "control": "M1", "charset": "UNICODE UTF-8", "number": NUMBER, "family": "Delgado", "given": "Rosa",
        "birth": "19580304", "placer": "P-1", "filler": "F-1", "code": "24323-8^Metabolic panel^LN",
        "collected": "20261101080000-0600", "issued": "20261101101000-0600", "status": "F",
        "orderer": "^Lindqvist^Amara",
    } | values  # fmt: skip
    segments = [HEADER, PATIENT, ORDER]
    return "\r".join([*(one.format(**facts) for one in segments), *lines, ""])


def nm(
    value: str,
    *,
    code: str = "2823-3^Potassium^LN",
    unit: str = "mmol/L",
    usual: str = "3.5-5.1",
    flag: str = "",
    status: str = "F",
    number: int = 1,
) -> str:
    """Return a line with a number."""
    return f"OBX|{number}|NM|{code}||{value}|{unit}|{usual}|{flag}|||{status}"
