"""Tables of the directory, one file a subject."""

from hearthline.directory.models.care import CareRelationship, CareTeam, CareTeamMember, OrganizationPolicy
from hearthline.directory.models.consents import Consent, ConsentKind, ConsentText
from hearthline.directory.models.identifiers import IdentifierIssuer, PatientIdentifier
from hearthline.directory.models.merges import DuplicateCandidate, PatientMerge, PatientMergeMove
from hearthline.directory.models.patients import (
    AccessNeed,
    Patient,
    PatientLanguage,
    PatientNameToken,
    SafeContact,
)
from hearthline.directory.models.people import Caregiver, PatientAccount
from hearthline.directory.models.practitioners import Licence, Practitioner, PractitionerLanguage

__all__ = [
    "AccessNeed",
    "CareRelationship",
    "CareTeam",
    "CareTeamMember",
    "Caregiver",
    "Consent",
    "ConsentKind",
    "ConsentText",
    "DuplicateCandidate",
    "IdentifierIssuer",
    "Licence",
    "OrganizationPolicy",
    "Patient",
    "PatientAccount",
    "PatientIdentifier",
    "PatientLanguage",
    "PatientMerge",
    "PatientMergeMove",
    "PatientNameToken",
    "Practitioner",
    "PractitionerLanguage",
    "SafeContact",
]
