"""Roles and what each kind of role implies. Fixed in code: a role is a promise that tests can check."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is in one organization; a membership may hold several."""

    PATIENT = "patient", _("Patient")
    CAREGIVER = "caregiver", _("Caregiver")
    NURSE = "nurse", _("Nurse")
    NURSE_IN_CHARGE = "nurse_in_charge", _("Nurse in charge")  # held beside another role: sets who is on call
    PHYSICIAN = "physician", _("Physician")
    SPECIALIST = "specialist", _("Specialist")
    NAVIGATOR = "navigator", _("Navigator")
    HUB_ATTENDANT = "hub_attendant", _("Hub attendant")
    ADMINISTRATOR = "administrator", _("Clinic administrator")
    TECHNICIAN = "technician", _("Technician")
    AUDITOR = "auditor", _("Auditor")


PATIENT_ROLES = frozenset({Role.PATIENT, Role.CAREGIVER})
STAFF_ROLES = frozenset(Role) - PATIENT_ROLES
PRESCRIBER_ROLES = frozenset({Role.PHYSICIAN, Role.SPECIALIST})
CLINICIAN_ROLES = PRESCRIBER_ROLES | {Role.NURSE}
CARE_TEAM_ROLES = CLINICIAN_ROLES | {Role.NAVIGATOR}
SECOND_FACTOR_ROLES = STAFF_ROLES | {Role.CAREGIVER}
