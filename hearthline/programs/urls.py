from django.urls import URLPattern, URLResolver, path

from hearthline.programs.views import catalogue, drafts, own, staff

app_name = "programs"
DRAFT = "programs/drafts/<uuid:draft_id>/"
ONE = "programs/<uuid:enrollment_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("care/programs/", own.own, name="own"),
    path("care/programs/<uuid:enrollment_id>/lessons/<slug:code>/", own.lesson, name="lesson"),
    path("programs/", staff.board, name="board"),
    path("programs/catalogue/", catalogue.catalogue, name="catalogue"),
    path("programs/catalogue/<slug:code>/adopt/", catalogue.adopt, name="adopt"),
    path("programs/catalogue/<slug:code>/draft/", drafts.begin, name="begin_draft"),
    path(DRAFT, drafts.draft, name="draft"),
    path(DRAFT + "about/", drafts.about, name="draft_about"),
    path(DRAFT + "phases/", drafts.phases, name="draft_phases"),
    path(DRAFT + "phases/<slug:code>/", drafts.phase, name="draft_phase"),
    path(DRAFT + "approve/", drafts.approve, name="approve_draft"),
    path(DRAFT + "drop/", drafts.drop, name="drop_draft"),
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
