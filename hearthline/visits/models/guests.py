"""Invitations of people without an account."""

from django.db import models
from django.db.models import Q

from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.visits.choices import ParticipantRole
from hearthline.visits.models.room import NAME_LENGTH, Participant
from hearthline.visits.models.visit import Visit

HASH_LENGTH = 64


class GuestInvitation(Record):
    """A link for one guest. The table holds digests only; the token is in the link's fragment, and used once."""

    visit = TenantForeignKey(Visit, related_name="invitations")
    participant = TenantOneToOneField(Participant, related_name="invitation")
    role = models.CharField(max_length=12, choices=ParticipantRole.choices)
    name = models.CharField(max_length=NAME_LENGTH)
    token_digest = models.CharField(max_length=HASH_LENGTH)
    cookie_digest = models.CharField(max_length=HASH_LENGTH, blank=True)
    invited_by_user_id = models.UUIDField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "token_digest"], name="guest_invitation_token_unique"
            ),
            models.CheckConstraint(
                condition=Q(redeemed_at__isnull=True) | ~Q(cookie_digest=""),
                name="guest_invitation_redeemed_bound",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gt=models.F("valid_from")), name="guest_invitation_period"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
