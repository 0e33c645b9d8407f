from django.urls import URLPattern, URLResolver, path

from hearthline.monitoring.alerts.addresses import CASES
from hearthline.monitoring.protocols import views

PROTOCOLS = "monitoring/protocols/"
RUN = "monitoring/protocol-runs/<uuid:run_id>/"

app_name = "protocols"
urlpatterns: list[URLPattern | URLResolver] = [
    path(PROTOCOLS, views.protocols, name="protocols"),
    path(f"{PROTOCOLS}shipped/", views.adopt, name="adopt"),
    path(f"{PROTOCOLS}new/", views.write, name="write"),
    path(f"{PROTOCOLS}<uuid:protocol_id>/", views.protocol, name="protocol"),
    path(f"{PROTOCOLS}<uuid:protocol_id>/next/", views.change, name="change"),
    path(f"{PROTOCOLS}<uuid:protocol_id>/approve/", views.approve, name="approve"),
    path(f"{PROTOCOLS}<uuid:protocol_id>/retire/", views.retire, name="retire"),
    path(f"{CASES}<uuid:case_id>/protocols/<uuid:protocol_id>/start/", views.start, name="start"),
    path(f"{RUN}steps/<slug:step>/", views.tick, name="tick"),
    path(f"{RUN}leave/", views.leave, name="leave"),
]
