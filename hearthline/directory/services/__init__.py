"""What the directory does, one function an intent."""

from hearthline.directory.services.administration import (
    change_organization,
    save_issuer,
    save_policy,
    save_site,
)
from hearthline.directory.services.care import (
    add_care_relationship,
    end_care_relationship,
    end_care_relationships_of,
    save_care_team,
    set_care_team_members,
)
from hearthline.directory.services.consents import (
    give_consent,
    is_usable,
    review_consent_text,
    withdraw_consent,
    write_consent_text,
)
from hearthline.directory.services.duplicates import decide_different
from hearthline.directory.services.invitations import invite_caregiver, invite_patient
from hearthline.directory.services.merges import merge_patients, undo_merge
from hearthline.directory.services.patients import (
    add_identifier,
    change_patient,
    register_patient,
    register_self,
    remove_identifier,
    set_safe_contact,
)
from hearthline.directory.services.people import (
    add_caregiver,
    connect_caregiver,
    end_caregiver,
    link_account,
    unlink_account,
)
from hearthline.directory.services.photos import remove_photo, set_photo
from hearthline.directory.services.practitioners import save_licence, save_practitioner

__all__ = [
    "add_care_relationship",
    "add_caregiver",
    "add_identifier",
    "change_organization",
    "change_patient",
    "connect_caregiver",
    "decide_different",
    "end_care_relationship",
    "end_care_relationships_of",
    "end_caregiver",
    "give_consent",
    "invite_caregiver",
    "invite_patient",
    "is_usable",
    "link_account",
    "merge_patients",
    "register_patient",
    "register_self",
    "remove_identifier",
    "remove_photo",
    "review_consent_text",
    "save_care_team",
    "save_issuer",
    "save_licence",
    "save_policy",
    "save_practitioner",
    "save_site",
    "set_care_team_members",
    "set_photo",
    "set_safe_contact",
    "undo_merge",
    "unlink_account",
    "withdraw_consent",
    "write_consent_text",
]
