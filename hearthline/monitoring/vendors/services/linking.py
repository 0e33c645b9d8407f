"""A patient lets us read their account at a vendor."""

import hashlib
import secrets

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.crypto import blind_index
from hearthline.identity.actor import Actor
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.monitoring.vendors.models import Vendor, VendorLink
from hearthline.monitoring.vendors.services.pulling import pull_soon
from hearthline.monitoring.vendors.services.tokens import keep_tokens
from hearthline.monitoring.vendors.withings import Tokens

SECRET_BYTES = 32


@transaction.atomic
def open_link(*, actor: Actor, monitored: MonitoredPatient, tokens: Tokens) -> VendorLink:
    """Keep what a person's consent gave us, and begin to read what is measured from now on.

    Raises:
        ValidationError: the account sends to somebody else here, or another account sends to this person.
    """
    now = clock.now()
    account, secret = str(tokens.userid), secrets.token_urlsafe(SECRET_BYTES)
    link = VendorLink(
        organization_id=monitored.organization_id,
        monitored=monitored,
        vendor=Vendor.WITHINGS,
        linked_by_id=actor.user_id,
        account=account,
        account_index=blind_index(monitored.organization_id, "withings-account", account),
        callback_secret=secret,
        callback_digest=hashlib.sha256(secret.encode()).digest(),
        created_at=now,
        next_pull_at=now,
    )
    keep_tokens(link, tokens, now)
    try:
        with transaction.atomic():
            link.save(force_insert=True)
    except IntegrityError as refused:
        if "vendor_account_of_one_person" in str(refused):
            message = _("This account already sends its numbers to another person here.")
        elif "vendor_link_one_of_a_person" in str(refused):
            message = _("An account is linked already. Stop that one first.")
        else:
            raise
        raise ValidationError(message) from refused
    record(actor, "vendor_link.opened", link, patient_id=monitored.patient_id, fields=[link.vendor])
    pull_soon(link, is_due=True)
    return link
