"""What may be received, how much, and which step follows which. Pure: no database, clock or settings."""

from collections.abc import Mapping
from datetime import timedelta

from hearthline.imaging.intake.choices import SENSITIVE_SITES, BodySite, State, UploadState

MEGABYTE = 1024 * 1024
MAX_FILE_BYTES = 100 * MEGABYTE  # a film of a minute, a CT of two hundred slices sent as one object
MAX_OPEN_UPLOADS = 60  # of one person: twenty photos, each with its small forms
PERSON_QUOTA_BYTES = 500 * MEGABYTE  # being sent at one time by one person
ORGANIZATION_QUOTA_BYTES = 20 * 1024 * MEGABYTE
UPLOAD_LIFE = timedelta(days=7)  # a week without network
CAPTURE_LIFE = timedelta(days=14)
ORGANIZATION_QUARANTINE_BYTES = 20 * 1024 * MEGABYTE  # received and not yet checked
SPARE_DISK_BYTES = 512 * MEGABYTE  # left free for everything else on the disk

SMALL_SUFFIX = "-small"  # of the key of a small copy that is sent ahead of its original

# Of a child, also the trunk: pictures of bare children are veiled until somebody asks for them.
CHILD_SENSITIVE_SITES = SENSITIVE_SITES | {BodySite.CHEST, BodySite.ABDOMEN, BodySite.WHOLE}

MOVES: Mapping[State, frozenset[State]] = {
    State.QUARANTINED: frozenset({State.ACCEPTED, State.REFUSED}),
    State.ACCEPTED: frozenset(),
    State.REFUSED: frozenset(),
}
UPLOAD_MOVES: Mapping[UploadState, frozenset[UploadState]] = {
    UploadState.RECEIVING: frozenset(UploadState) - {UploadState.RECEIVING},
    UploadState.FINISHED: frozenset(),
    UploadState.FAILED: frozenset(),
    UploadState.EXPIRED: frozenset(),
    UploadState.TERMINATED: frozenset(),
}


def may_move(current: State, wanted: State) -> bool:
    """Whether a file in the one state may come into the other."""
    return wanted in MOVES[current]


def may_move_upload(current: UploadState, wanted: UploadState) -> bool:
    """Whether a sending in the one state may come into the other."""
    return wanted in UPLOAD_MOVES[current]


def is_sensitive(body_site: str, *, is_child: bool, is_said: bool) -> bool:
    """Whether pictures are veiled until somebody asks for them: intimate places, undressed children, or by wish."""
    return is_said or body_site in SENSITIVE_SITES or (is_child and body_site in CHILD_SENSITIVE_SITES)
