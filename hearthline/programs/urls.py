from django.urls import URLPattern, URLResolver, path

from hearthline.programs.views import catalogue, own, staff

app_name = "programs"
ONE = "programs/<uuid:enrollment_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("care/programs/", own.own, name="own"),
    path("care/programs/<uuid:enrollment_id>/lessons/<slug:code>/", own.lesson, name="lesson"),
    path("programs/", staff.board, name="board"),
    path("programs/catalogue/", catalogue.catalogue, name="catalogue"),
    path("programs/catalogue/<slug:code>/adopt/", catalogue.adopt, name="adopt"),
    path("programs/of/<uuid:patient_id>/", staff.of_patient, name="patient"),
    path("programs/of/<uuid:patient_id>/enroll/", staff.enroll, name="enroll"),
    path(ONE, staff.enrollment, name="enrollment"),
    path(ONE + "consent/", staff.consent, name="consent"),
    path(ONE + "lend/", staff.lend, name="lend"),
    path(ONE + "devices/<uuid:device_id>/back/", staff.take_back, name="take_back"),
    path(ONE + "set-up/", staff.set_up, name="set_up"),
    path(ONE + "limits/", staff.limits, name="limits"),
    path(ONE + "review/", staff.review, name="review"),
    path(ONE + "tasks/<slug:code>/", staff.task, name="task"),
]
