from django.urls import URLPattern, URLResolver, path

from hearthline.imaging.dicom.dicomweb import views as dicomweb
from hearthline.imaging.dicom.views import corrections, images, machines, ohif, photos, sharing, teaching

PATIENT = "imaging/patients/<uuid:patient_id>/"
STUDY = f"{PATIENT}studies/<uuid:study_id>/"
TEACHING = "imaging/teaching/<uuid:export_id>/"
SHARED = "imaging/shared/<uuid:grant_id>/"
MACHINE = "administration/imaging/<uuid:gateway_id>/"

app_name = "dicom"
urlpatterns: list[URLPattern | URLResolver] = [
    path(PATIENT, images.patient_images, name="patient_images"),
    path(STUDY, images.viewer, name="viewer"),
    path(f"{STUDY}ohif/viewer/", ohif.of_patient, name="ohif"),
    path("imaging/ohif/<str:version>/<path:name>", ohif.file, name="ohif_file"),
    path(f"{STUDY}correct/", corrections.correct, name="correct"),
    path(f"{PATIENT}shares/", sharing.shares, name="shares"),
    path("imaging/shared/", sharing.shared, name="shared"),
    path(SHARED, sharing.shared_images, name="shared_images"),
    path(f"{SHARED}studies/<uuid:study_id>/", sharing.shared_study, name="shared_study"),
    path(f"{SHARED}studies/<uuid:study_id>/ohif/viewer/", ohif.of_grant, name="shared_ohif"),
    path("imaging/shares/<uuid:grant_id>/end/", sharing.end_share, name="end_share"),
    path("imaging/photos/<uuid:file_id>/<slug:form>/", photos.photo, name="photo"),
    path(f"{STUDY}teaching/", teaching.of_study, name="teaching_of_study"),
    path("imaging/photo-sets/<uuid:capture_id>/teaching/", teaching.of_capture, name="teaching_of_capture"),
    path(TEACHING, teaching.export, name="teaching"),
    path(f"{TEACHING}release/", teaching.release, name="release_teaching"),
    path(f"{TEACHING}end/", teaching.end, name="end_teaching"),
    path(f"{TEACHING}files/", teaching.files, name="teaching_files"),
    path(f"{TEACHING}images/<int:position>/", teaching.image, name="teaching_image"),
    path(f"{TEACHING}images/<int:position>/frames/<int:frame>/", teaching.picture, name="teaching_picture"),
    path("care/images/<uuid:patient_id>/", images.own_images, name="own_images"),
    path("care/images/<uuid:patient_id>/<uuid:study_id>/", images.own_viewer, name="own_viewer"),
    path("imaging/held/", images.holds, name="holds"),
    path("imaging/held/<uuid:hold_id>/", images.hold, name="hold"),
    path("administration/imaging/", machines.machines, name="machines"),
    path("administration/imaging/add/", machines.add_machine, name="add_machine"),
    path(MACHINE, machines.machine, name="machine"),
    path(f"{MACHINE}token/", machines.renew_token, name="renew_token"),
    path(f"{MACHINE}close/", machines.close_machine, name="close_machine"),
    path(f"{MACHINE}roots/", machines.give_root, name="give_root"),
    path("dicomweb/grants/<uuid:grant_id>/", dicomweb.by_grant, name="grant_root"),
    path("dicomweb/grants/<uuid:grant_id>/<path:resource>", dicomweb.by_grant, name="by_grant"),
    path("dicomweb/patients/<uuid:patient_id>/", dicomweb.by_patient, name="patient_root"),
    path("dicomweb/patients/<uuid:patient_id>/<path:resource>", dicomweb.by_patient, name="by_patient"),
]
