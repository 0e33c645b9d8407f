"""Messages of the sign-in pages: rendered in the reader's language, sent beside the request by SMTP.

Codes and links must not wait in a queue that others read, so they do not go through the notification queue.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

logger = logging.getLogger(__name__)
MAIL_THREADS = 2
_threads = ThreadPoolExecutor(MAIL_THREADS, thread_name_prefix="mail")


def send_mail(template: str, email: str, context: dict[str, Any], *, language: str) -> None:
    """Render ``<template>_subject.txt`` and ``<template>_message.txt`` and send them to one address."""
    with translation.override(language):
        values = {**context, "email": email, "public_url": settings.PUBLIC_URL}
        subject = " ".join(render_to_string(f"{template}_subject.txt", values).split())
        body = render_to_string(f"{template}_message.txt", values).strip()
    deliver(EmailMessage(subject=subject, body=body + "\n", to=[email]))


def deliver(message: EmailMessage) -> None:
    """Send a message beside the request: how long it takes, or that it fails, tells a stranger nothing."""
    if settings.HEARTHLINE_MAIL_BESIDE_REQUEST:
        _threads.submit(_send, message)
    else:
        _send(message)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:
        logger.exception("a message of the sign-in pages could not be sent")
