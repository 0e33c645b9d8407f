"""A year of laboratory results for some of the invented patients, written by us and sent through the HL7 v2 door.

One value is critical and waits, one report was corrected, one came with a letter, one message speaks of somebody whose
birth date differs and waits for a person.
"""

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hearthline.charting.results.models import Acknowledgement, IncomingMessage, Laboratory, Report
from hearthline.charting.results.senders import save_laboratory
from hearthline.charting.results.services import acknowledge
from hearthline.demo.clinic import Clinic, actor_of
from hearthline.demo.population import SEED
from hearthline.directory.indexes import identifier_index
from hearthline.directory.models import IdentifierIssuer, Patient, PatientIdentifier
from hearthline.foundation import clock
from hearthline.hl7.door import Peer, answer
from hearthline.tenancy.context import acting_in

LABORATORY, APPLICATION, FACILITY = "Pecan Valley Laboratory", "PVLIS", "PECANVALLEY"
PEOPLE = 12
MONTHS_BETWEEN = 91
SEEN_AFTER = timedelta(days=10)  # what is older was acknowledged
HERE = Peer("127.0.0.1")


@dataclass(frozen=True)
class Test:
    """One examination: LOINC code, name, unit, range as the laboratory prints it, usual mean and spread."""

    code: str
    name: str
    unit: str
    usual: str
    mean: float
    spread: float
    decimals: int = 0


PANELS: dict[str, tuple[Test, ...]] = {
    "24323-8^Comprehensive metabolic panel^LN": (
        Test("2345-7", "Glucose", "mg/dL", "70-99", 104, 14),
        Test("2160-0", "Creatinine", "mg/dL", "0.60-1.20", 0.98, 0.14, 2),
        Test("2951-2", "Sodium", "mmol/L", "135-145", 139, 2),
        Test("2823-3", "Potassium", "mmol/L", "3.5-5.1", 4.3, 0.3, 1),
    ),
    "57698-3^Lipid panel^LN": (
        Test("2093-3", "Cholesterol", "mg/dL", "0-199", 196, 20),
        Test("2085-9", "HDL cholesterol", "mg/dL", "40-60", 48, 6),
        Test("2571-8", "Triglycerides", "mg/dL", "0-149", 150, 30),
    ),
    "4548-4^Hemoglobin A1c^LN": (Test("4548-4", "Hemoglobin A1c", "%", "4.0-5.6", 6.6, 0.4, 1),),
    "58410-2^Complete blood count^LN": (
        Test("718-7", "Hemoglobin", "g/dL", "12.0-16.0", 13.4, 0.8, 1),
        Test("6690-2", "White blood cells", "10*3/uL", "4.0-11.0", 7.1, 1.6, 1),
        Test("777-3", "Platelets", "10*3/uL", "150-400", 250, 40),
    ),
}
EGFR = "OBX|9|SN|98979-8^eGFR (CKD-EPI 2021)^LN||>^60|mL/min/{1.73_m2}|>60|N|||F"


@dataclass(frozen=True)
class Order:
    """One report to be sent."""

    patient: Patient
    key: str
    panel: str
    at: datetime
    lines: tuple[str, ...]
    status: str = "F"
    version: int = 1
    orderer: str = "^Lindqvist^Amara"

    def message(self, number: str, *, birth: str = "") -> bytes:
        """Return the order's result as an ORU^R01."""
        stamp = self.at.strftime("%Y%m%d%H%M%S+0000")
        taken = (self.at - timedelta(hours=5)).strftime("%Y%m%d%H%M%S+0000")
        born = birth or self.patient.birth_date.strftime("%Y%m%d")
        name = f"{self.patient.family_name}^{self.patient.given_names}"
        segments = (
            f"MSH|^~\\&|{APPLICATION}|{FACILITY}|HEARTHLINE|riverbend|{stamp}||ORU^R01^ORU_R01"
            f"|{self.key}-{self.version}|P|2.5.1||||||UNICODE UTF-8",
            f"PID|1||{number}^^^RIVERBEND^MR||{name}||{born}",
            f"OBR|1|RB-{self.key}|{self.key}|{self.panel}|||{taken}"
            f"{'|' * 9}{self.orderer}{'|' * 6}{stamp}|||{self.status}",
            *self.lines,
        )
        return ("\r".join(segments) + "\r").encode()


def fill_laboratory(clinic: Clinic, patients: list[Patient]) -> int:
    """Send what was not sent yet and settle what is old; return how many messages were new."""
    chosen = patients[:PEOPLE]
    with acting_in(clinic.organization.id):
        issuer = _laboratory(clinic)
        numbers = {patient.pk: _number(issuer, patient, place) for place, patient in enumerate(chosen)}
        known = set(IncomingMessage.objects.values_list("control_id", flat=True))
    sent = 0
    for order in _orders(chosen):
        if f"{order.key}-{order.version}" not in known:
            answer(order.message(numbers[order.patient.pk]), HERE)
            sent += 1
    stray = _stray(chosen[1])
    if f"{stray.key}-{stray.version}" not in known:
        answer(stray.message(numbers[stray.patient.pk], birth="19480917"), HERE)
        sent += 1
    _settle(clinic)
    return sent


def _laboratory(clinic: Clinic) -> IdentifierIssuer:
    organization_id = clinic.organization.id
    issuer, _ = IdentifierIssuer.objects.get_or_create(
        organization_id=organization_id,
        name="Riverbend record number",
        defaults={"system_uri": "urn:riverbend:mrn"},
    )
    if not Laboratory.objects.filter(sending_application=APPLICATION).exists():
        laboratory = Laboratory(
            name=LABORATORY,
            sending_application=APPLICATION,
            sending_facility=FACILITY,
            addresses="127.0.0.0/8",
            issuer=issuer,
            zone=clinic.organization.zone,
        )
        save_laboratory(actor=clinic.administrator, laboratory=laboratory)
    return issuer


def _number(issuer: IdentifierIssuer, patient: Patient, place: int) -> str:
    number = f"RB-{10_400 + place}"
    PatientIdentifier.objects.get_or_create(
        organization_id=patient.organization_id,
        issuer=issuer,
        value_index=identifier_index(issuer, number),
        defaults={"patient": patient, "value": number},
    )
    return number


def _orders(patients: list[Patient]) -> Iterator[Order]:
    """Yield a year of panels, the same at each start but for the days."""
    midnight = clock.now().replace(hour=16, minute=10, second=0, microsecond=0)
    for place, patient in enumerate(patients):
        draw = random.Random(f"{SEED} laboratory {place}")
        for turn, quarter in enumerate(range(4, -1, -1)):
            at = midnight - timedelta(days=quarter * MONTHS_BETWEEN + 3 + place % 5)
            for number, (panel, tests) in enumerate(PANELS.items()):
                if turn % 2 and number in {1, 3}:  # lipids and blood counts twice a year
                    continue
                lines = tuple(_line(place_in, test, draw) for place_in, test in enumerate(tests, start=1))
                extra = (EGFR,) if number == 0 else ()
                yield Order(patient, f"PV{place:02}{turn}{number}", panel, at, lines + extra)
    yield from _stories(patients, midnight)


def _line(number: int, test: Test, draw: random.Random) -> str:
    value = draw.gauss(test.mean, test.spread)
    low, high = (float(part) for part in test.usual.split("-"))
    flag = "H" if value > high else "L" if value < low else "N"
    return f"OBX|{number}|NM|{test.code}^{test.name}^LN||{value:.{test.decimals}f}|{test.unit}|{test.usual}|{flag}|||F"


def _stories(patients: list[Patient], at: datetime) -> Iterator[Order]:
    rosa, harold, layla = patients[:3]
    now = clock.now()
    lipids = "57698-3^Lipid panel^LN"
    cholesterol = "OBX|1|NM|2093-3^Cholesterol^LN||{}|mg/dL|0-199|{}|||{}"
    yesterday = at - timedelta(days=1)
    yield Order(rosa, "PVROSA1", lipids, yesterday, (cholesterol.format(291, "H", "F"),))
    fixed = (cholesterol.format(219, "H", "C"), "NTE|1||Corrected: digits were exchanged when typing.")
    yield Order(rosa, "PVROSA1", lipids, yesterday + timedelta(hours=3), fixed, "C", 2)
    potassium = "OBX|1|NM|2823-3^Potassium^LN||6.8|mmol/L|3.5-5.1|HH|||F"
    note = "NTE|1||Not haemolysed. Repeated and confirmed."
    basic = "51990-0^Basic metabolic panel^LN"
    yield Order(harold, "PVHAROLD1", basic, now - timedelta(minutes=20), (potassium, note))
    culture = "OBX|1|CWE|630-4^Urine culture^LN||EC^Escherichia coli, over 100 000 per mL^L|||A|||P"
    words = r"OBX|2|FT|18725-2^Comment^LN||Sensitivity follows.\.br\Growth after 24 hours.||||||P"
    yield Order(layla, "PVLAYLA1", "630-4^Urine culture^LN", at - timedelta(hours=20), (culture, words), "P")
    letter = f"OBX|1|ED|11502-2^Letter of the laboratory^LN||PV^application^pdf^Base64^{_letter()}||||||F"
    yield Order(rosa, "PVROSA2", "11502-2^Laboratory letter^LN", yesterday, (letter,))


def _stray(patient: Patient) -> Order:
    tsh = "OBX|1|NM|3016-3^TSH^LN||2.1|mIU/L|0.4-4.0|N|||F"
    return Order(patient, "PVSTRAY1", "3016-3^TSH^LN", clock.now() - timedelta(hours=2), (tsh,))


def _letter() -> str:
    """Return a one-page PDF in Base64, written by hand."""
    text = b"BT /F1 14 Tf 72 760 Td (Pecan Valley Laboratory: lipids, see the corrected report.) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return base64.b64encode(body + end % (table, len(body))).decode()


def _settle(clinic: Clinic) -> None:
    """Acknowledge what is old, as the clinicians would have done."""
    physician = actor_of(clinic.memberships["amara"], "Dr. Amara Lindqvist")
    with acting_in(clinic.organization.id):
        old = Report.objects.filter(needs_look=True, issued_at__lt=clock.now() - SEEN_AFTER)
        for report in old:
            version = report.versions.order_by("-created_at", "-pk").first()
            plan = Acknowledgement.Plan.TELL if report.is_abnormal else Acknowledgement.Plan.NOTHING
            if version is not None:
                acknowledge(actor=physician, report=report, version=version, plan=plan)
