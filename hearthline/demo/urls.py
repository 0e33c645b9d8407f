from django.urls import URLPattern, URLResolver, path

from hearthline.demo.mailbox import views as mailbox

app_name = "demo"
urlpatterns: list[URLPattern | URLResolver] = [
    path("outbox/", mailbox.outbox, name="outbox"),
    path("outbox/<uuid:item_id>/reply/", mailbox.reply, name="outbox_reply"),
]
