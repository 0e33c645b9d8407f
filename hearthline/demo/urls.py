from django.urls import URLPattern, URLResolver, path

from hearthline.demo import bad_line
from hearthline.demo.homes import bench
from hearthline.demo.mailbox import views as mailbox

app_name = "demo"
urlpatterns: list[URLPattern | URLResolver] = [
    path("devices/", bench.bench, name="devices"),
    path("line/", bad_line.line, name="line"),
    path("outbox/", mailbox.outbox, name="outbox"),
    path("outbox/<uuid:item_id>/reply/", mailbox.reply, name="outbox_reply"),
]
