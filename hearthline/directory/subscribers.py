"""What the directory does when something happened below it."""

from hearthline.directory.services.invitations import link_accepted
from hearthline.foundation.events import subscriber
from hearthline.identity.events import InvitationAccepted


@subscriber(InvitationAccepted)
def link_invited_account(event: InvitationAccepted) -> None:
    """Link the account that an invited patient or caregiver took up."""
    if event.about_id is not None:
        link_accepted(organization_id=event.organization_id, user_id=event.user_id, about_id=event.about_id)
