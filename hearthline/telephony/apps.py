from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    name = "hearthline.telephony"
    label = "telephony"
