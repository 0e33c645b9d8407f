from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from hearthline.monitoring.home.kinds import KINDS
from hearthline.monitoring.home.views import care, device, files, staff


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
    path("patients/<uuid:patient_id>/monitoring/plan/", staff.plan, name="plan"),
    path("patients/<uuid:patient_id>/monitoring/plan/tasks/", staff.add_task, name="add_task"),
    path("patients/<uuid:patient_id>/monitoring/plan/goals/", staff.add_goal, name="add_goal"),
    path("patients/<uuid:patient_id>/monitoring/plan/<uuid:plan_id>/end/", staff.end_plan, name="end_plan"),
    path("patients/<uuid:patient_id>/devices/add/", staff.assign, name="assign"),
    path(
        "patients/<uuid:patient_id>/devices/<uuid:assignment_id>/end/",
        staff.end_assignment,
        name="end_assignment",
    ),
    path(
        "patients/<uuid:patient_id>/devices/<uuid:assignment_id>/let-in/", staff.credential, name="credential"
    ),
    path(
        "patients/<uuid:patient_id>/devices/<uuid:assignment_id>/let-in/<uuid:credential_id>/revoke/",
        staff.revoke,
        name="revoke",
    ),
    path("monitoring/whose/", staff.whose, name="whose"),
    path("monitoring/whose/<uuid:unclaimed_id>/", staff.settle, name="settle"),
    path("care/readings/<uuid:patient_id>/file/", files.bring, name="file"),
    path("care/readings/<uuid:patient_id>/file/<uuid:import_id>/", files.file_import, name="file_import"),
    path("care/readings/<uuid:patient_id>/file/<uuid:import_id>/step/", files.file_step, name="file_step"),
    path("care/readings/<uuid:patient_id>/file/<uuid:import_id>/rows.csv", files.file_rows, name="file_rows"),
    path("care/readings/<uuid:patient_id>/device/", device.take, name="device"),
    path("care/readings/<uuid:patient_id>/device/token/", device.token, name="device_token"),
    path("care/readings/<uuid:patient_id>/device/save/", device.save, name="device_save"),
]
