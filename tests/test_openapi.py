"""Whatever a machine sends to what the description names is answered as described, never with a fault of ours."""

import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from hearthline.messaging.transports.sms import sign
from tests.people import People

SECRET = "the-gateway-and-we-know"
EXAMPLES = 40
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def signing(application: Application) -> Application:
    """Sign every call as the gateway would, so that what is inside is read."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        stamp = int(time.time())
        environ |= {
            "wsgi.input": BytesIO(body),
            "HTTP_X_SIGNATURE_TIMESTAMP": str(stamp),
            "HTTP_X_SIGNATURE": sign(SECRET, timestamp=stamp, body=body),
        }
        return application(environ, start_response)

    return wrapped


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_calls_are_answered_as_described(
    committed: None, people: People, settings: Any, mode: GenerationMode
) -> None:
    settings.SMS_WEBHOOK_SECRET = SECRET
    schema = schemathesis.openapi.from_wsgi("/openapi.json", signing(get_wsgi_application()))
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == 2
    for operation in operations:

        @hypothesis.settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def call(case: "schemathesis.Case[Any]") -> None:
            case.call_and_validate()

        call()
