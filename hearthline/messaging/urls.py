from django.urls import URLPattern, URLResolver, path

from hearthline.messaging import webhooks

app_name = "messaging"
urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/sms/receipt", webhooks.receipt, name="sms_receipt"),
    path("messages/sms/incoming", webhooks.incoming_text, name="sms_incoming"),
]
