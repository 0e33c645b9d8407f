"""The transports of this installation, from its settings."""

from functools import cache

from django.conf import settings

from hearthline.messaging.rules import Channel
from hearthline.messaging.transports import Transport
from hearthline.messaging.transports.mail import Encryption, MailSettings, MailTransport
from hearthline.messaging.transports.sms import SmsSettings, SmsTransport
from hearthline.messaging.transports.voice import VoiceTransport


def is_offered(channel: Channel) -> bool:
    """Whether this installation has the channel: texts need a gateway, calls a trunk."""
    needed = {Channel.SMS: settings.SMS_GATEWAY_URL, Channel.VOICE: settings.SIP_TRUNK}
    return bool(needed.get(channel, True))


def transport_for(channel: Channel) -> Transport:
    """Return the transport of a channel. Read at each use: a test points the settings at its own listener."""
    if channel is Channel.EMAIL:
        return _mail(
            MailSettings(
                host=settings.EMAIL_HOST,
                port=settings.EMAIL_PORT,
                sender=settings.DEFAULT_FROM_EMAIL,
                user=settings.EMAIL_HOST_USER,
                password=settings.EMAIL_HOST_PASSWORD,
                encryption=_encryption(),
                timeout_seconds=settings.EMAIL_TIMEOUT,
            )
        )
    if channel is Channel.VOICE:
        return VoiceTransport()
    return _sms(
        SmsSettings(
            url=settings.SMS_GATEWAY_URL,
            token=settings.SMS_GATEWAY_TOKEN,
            sender=settings.SMS_SENDER,
            timeout_seconds=settings.SMS_TIMEOUT_SECONDS,
        )
    )


def _encryption() -> Encryption:
    if settings.EMAIL_USE_SSL:
        return Encryption.TLS
    return Encryption.STARTTLS if settings.EMAIL_USE_TLS else Encryption.NONE


@cache
def _mail(settings_of_mail: MailSettings) -> Transport:
    return MailTransport(settings_of_mail)


@cache
def _sms(settings_of_sms: SmsSettings) -> Transport:
    return SmsTransport(settings_of_sms)
