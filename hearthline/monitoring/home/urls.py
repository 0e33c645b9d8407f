from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from hearthline.monitoring.home.kinds import KINDS
from hearthline.monitoring.home.views import care, device


class KindConverter(StringConverter):
    """A kind of measurement."""

    regex = "|".join(kind.key for kind in KINDS)


register_converter(KindConverter, "measuredkind")

app_name = "home"
urlpatterns: list[URLPattern | URLResolver] = [
    path("care/readings/", care.today, name="today"),
    path("care/readings/<uuid:patient_id>/", care.today, name="today_of"),
    path("care/readings/<uuid:patient_id>/add/", care.add, name="add"),
    path("care/readings/<uuid:patient_id>/add/<measuredkind:kind>/", care.type_reading, name="type"),
    path("care/readings/<uuid:patient_id>/past/<measuredkind:kind>/", care.past, name="past"),
    path(
        "care/readings/<uuid:patient_id>/change/<int:device_number>/<int:observed_us>/",
        care.change,
        name="change",
    ),
    path("care/readings/<uuid:patient_id>/device/", device.take, name="device"),
    path("care/readings/<uuid:patient_id>/device/token/", device.token, name="device_token"),
    path("care/readings/<uuid:patient_id>/device/save/", device.save, name="device_save"),
]
