"""What a browser may send to a visit: shapes and limits. Anything else is refused before it is looked at."""

from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from hearthline.visits.models.conversation import KEY_LENGTH, MESSAGE_LENGTH
from hearthline.visits.models.room import NONCE_LENGTH, TAB_LENGTH

BODY_BYTES_MOST = 96 * 1024
MESSAGES_MOST = 50
SDP_LENGTH = 48_000
CANDIDATE_LENGTH = 400
CANDIDATES_MOST = 60
STREAM_ID_LENGTH = 80
TOKEN_LENGTH = 64
POINTS_MOST = 200  # of one mark: a line drawn by hand, thinned by the browser


class Shape(BaseModel):
    """A strict shape: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JoinRequest(Shape):
    tab: str = Field(default="", max_length=TAB_LENGTH)


class NonceRequest(Shape):
    join: str = Field(max_length=NONCE_LENGTH)


class ShareRequest(Shape):
    join: str = Field(max_length=NONCE_LENGTH)
    on: bool


class Description(Shape):
    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: str = Field(max_length=SDP_LENGTH)


class Candidate(Shape):
    candidate: str = Field(max_length=CANDIDATE_LENGTH)
    sdpMid: str | None = Field(default=None, max_length=STREAM_ID_LENGTH)  # noqa: N815 - the browser's name
    sdpMLineIndex: int | None = Field(default=None, ge=0, le=64)  # noqa: N815 - the browser's name
    usernameFragment: str | None = Field(default=None, max_length=STREAM_ID_LENGTH)  # noqa: N815


class DescriptionMessage(Shape):
    kind: Literal["description"]
    to: int = Field(ge=1)
    description: Description
    negotiation: int = Field(ge=0)
    roles: dict[
        Annotated[str, Field(max_length=STREAM_ID_LENGTH)], Literal["microphone", "camera", "screen"]
    ] = Field(default_factory=dict, max_length=8)


class CandidatesMessage(Shape):
    kind: Literal["candidates"]
    to: int = Field(ge=1)
    candidates: list[Candidate] = Field(max_length=CANDIDATES_MOST)


class SubscribeMessage(Shape):
    """Through the media server: what somebody sends is wanted."""

    kind: Literal["subscribe"]
    to: int = Field(ge=1)


class LayerMessage(Shape):
    """Through the media server: so much of somebody's picture as the rung takes."""

    kind: Literal["layer"]
    to: int = Field(ge=1)
    rung: Literal["full", "low", "minimal", "audio", "floor", "text"]


class WhisperMessage(Shape):
    """What browsers tell each other beside sound and picture where there is no channel between them."""

    kind: Literal["whisper"]
    to: int = Field(ge=1)
    muted: bool
    camera: bool
    wantsVideo: bool  # noqa: N815 - as in the channel


class ChatLine(Shape):
    kind: Literal["chat"]
    text: str = Field(min_length=1, max_length=MESSAGE_LENGTH)
    key: str = Field(min_length=8, max_length=KEY_LENGTH)


class TypedLetters(Shape):
    """A line as far as it is written (T.140 in spirit): the whole of it each time, so that nothing can be missed."""

    kind: Literal["typed"]
    text: str = Field(max_length=MESSAGE_LENGTH)
    key: str = Field(min_length=8, max_length=KEY_LENGTH)


class ModalityMessage(Shape):
    kind: Literal["modality"]
    modality: Literal["video", "audio", "text"]
    cause: Literal["chosen", "link", "cleared", "no_camera"] = "chosen"


class QualityMessage(Shape):
    kind: Literal["quality"]
    rung: Literal["", "full", "low", "minimal", "audio", "floor", "text"]
    concealment: float = Field(ge=0, le=1)
    roundTripMs: float = Field(ge=0, le=60_000)  # noqa: N815 - the browser's name
    jitterBufferMs: float = Field(ge=0, le=60_000)  # noqa: N815
    framesPerSecond: float = Field(ge=0, le=240)  # noqa: N815
    freezeSeconds: float = Field(ge=0, le=3600)  # noqa: N815
    pair: Literal["", "direct", "relay"]
    protocol: Literal["", "udp", "tcp", "tls"]
    reconnects: int = Field(ge=0, le=1000)
    uplinkKilobits: float = Field(default=0, ge=0, le=10_000_000)  # noqa: N815
    secondsAgo: float = Field(default=0, ge=0, le=60)  # noqa: N815 - measured so long before it was sent


class FaultMessage(Shape):
    kind: Literal["fault"]
    fault: Literal["permission", "device", "signalling", "ice", "turn", "stall"]
    detail: Literal["", "camera", "microphone"] = ""


class CameraMessage(Shape):
    """Whose picture is an examination camera's now; empty: their own again."""

    kind: Literal["camera"]
    device: Literal["", "otoscope", "dermatoscope", "ophthalmoscope", "throat", "other"]


class WishMessage(Shape):
    """A still is asked of somebody; without a person: the one who was asked declines."""

    kind: Literal["wish"]
    person: UUID | None = None


Part = Annotated[float, Field(ge=0, le=1)]


class BoardMessage(Shape):
    """A shared picture is shown to all, or another page of it, or it is taken away."""

    kind: Literal["board"]
    file: UUID | None = None
    page: int | None = Field(default=None, ge=1, le=500)
    close: UUID | None = None


class MarkMessage(Shape):
    kind: Literal["mark"]
    board: UUID
    key: str = Field(min_length=8, max_length=KEY_LENGTH)
    shape: Literal["line", "arrow", "circle", "point"]
    points: list[tuple[Part, Part]] = Field(min_length=1, max_length=POINTS_MOST)


class UnmarkMessage(Shape):
    """One's own newest mark is taken back, or all marks by who shows the picture."""

    kind: Literal["unmark"]
    board: UUID
    all: bool = False


Message = Annotated[
    DescriptionMessage
    | CandidatesMessage
    | SubscribeMessage
    | LayerMessage
    | WhisperMessage
    | ChatLine
    | TypedLetters
    | ModalityMessage
    | QualityMessage
    | FaultMessage
    | CameraMessage
    | WishMessage
    | BoardMessage
    | MarkMessage
    | UnmarkMessage,
    Field(discriminator="kind"),
]


class SignalRequest(Shape):
    join: str = Field(max_length=NONCE_LENGTH)
    messages: list[Message] = Field(max_length=MESSAGES_MOST)


Request = TypeVar("Request", bound=Shape)


MediaMessage = DescriptionMessage | CandidatesMessage | SubscribeMessage | LayerMessage | WhisperMessage


def relayed(message: MediaMessage) -> dict[str, Any]:
    """Return what the recipient gets of a message between browsers."""
    return message.model_dump(exclude={"to"}, exclude_none=True)


def parse(shape: type[Request], body: bytes) -> Request:
    """Return the request in a body.

    Raises:
        ValidationError: the body is not of that shape.
    """
    return shape.model_validate_json(body)
