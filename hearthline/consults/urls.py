from django.urls import URLPattern, URLResolver, path

from hearthline.consults.views import answer, asking, care, cases, objects, photos, setup

CASE = "consults/<uuid:consult_id>/"
OWN = "care/consults/"

app_name = "consults"
urlpatterns: list[URLPattern | URLResolver] = [
    path("consults/", cases.worklist, name="worklist"),
    path("consults/availability/", cases.availability, name="availability"),
    path("consults/measures/", setup.measures, name="measures"),
    path("consults/setup/", setup.setup, name="setup"),
    path("consults/setup/<slug:specialty>/", setup.desk, name="desk"),
    path("consults/agreements/<uuid:agreement_id>/", setup.agreement, name="agreement"),
    path(CASE, cases.case, name="case"),
    path(f"{CASE}do/<slug:code>/", cases.act, name="act"),
    path(f"{CASE}question/", asking.question, name="question"),
    path(f"{CASE}answer/", answer.answer, name="answer"),
    path(f"{CASE}letter/", answer.letter, name="letter"),
    path(f"{CASE}report/", answer.report, name="report"),
    path(f"{CASE}files/<uuid:attachment_id>/", cases.file, name="file"),
    path(f"{CASE}files/<uuid:attachment_id>/large/", objects.photo, name="photo"),
    path(f"{CASE}files/<uuid:attachment_id>/result/", objects.result, name="result"),
    path(f"{CASE}files/<uuid:attachment_id>/<slug:form>/", objects.form, name="form"),
    path(f"{CASE}studies/<uuid:study_id>/", objects.study, name="study"),
    path(f"{CASE}studies/<uuid:study_id>/ohif/viewer/", objects.study_ohif, name="study_ohif"),
    path(f"{CASE}add/", objects.add, name="add"),
    path(f"{CASE}photos/", photos.photos, name="photos"),
    path("dicomweb/cases/<uuid:consult_id>/", objects.images, name="images_root"),
    path("dicomweb/cases/<uuid:consult_id>/<path:resource>", objects.images, name="images"),
    path(f"{CASE}time/", cases.beat, name="beat"),
    path(f"{CASE}time/<uuid:entry_id>/", cases.correct_time, name="correct_time"),
    path("patients/<uuid:patient_id>/consults/new/", asking.choose, name="choose"),
    path("patients/<uuid:patient_id>/consults/new/<slug:specialty>/", asking.screen, name="screen"),
    path(OWN, care.own_cases, name="own_cases"),
    path(f"{OWN}new/<uuid:patient_id>/<slug:specialty>/", care.own_screen, name="own_screen"),
    path(f"{OWN}<uuid:consult_id>/", care.own_case, name="own_case"),
    path(f"{OWN}<uuid:consult_id>/question/", care.own_question, name="own_question"),
]
