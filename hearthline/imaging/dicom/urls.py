from django.urls import URLPattern, URLResolver, path

from hearthline.imaging.dicom import views
from hearthline.imaging.dicom.dicomweb import views as dicomweb

app_name = "dicom"
urlpatterns: list[URLPattern | URLResolver] = [
    path("imaging/patients/<uuid:patient_id>/", views.patient_images, name="patient_images"),
    path("imaging/patients/<uuid:patient_id>/studies/<uuid:study_id>/", views.viewer, name="viewer"),
    path("care/images/<uuid:patient_id>/", views.own_images, name="own_images"),
    path("care/images/<uuid:patient_id>/<uuid:study_id>/", views.own_viewer, name="own_viewer"),
    path("imaging/held/", views.holds, name="holds"),
    path("imaging/held/<uuid:hold_id>/", views.hold, name="hold"),
    path("dicomweb/grants/<uuid:grant_id>/", dicomweb.by_grant, name="grant_root"),
    path("dicomweb/grants/<uuid:grant_id>/<path:resource>", dicomweb.by_grant, name="by_grant"),
    path("dicomweb/patients/<uuid:patient_id>/", dicomweb.by_patient, name="patient_root"),
    path("dicomweb/patients/<uuid:patient_id>/<path:resource>", dicomweb.by_patient, name="by_patient"),
]
