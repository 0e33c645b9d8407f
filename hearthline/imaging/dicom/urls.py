from django.urls import URLPattern, URLResolver, path

from hearthline.imaging.dicom.dicomweb import views as dicomweb

app_name = "dicom"
urlpatterns: list[URLPattern | URLResolver] = [
    path("dicomweb/grants/<uuid:grant_id>/", dicomweb.by_grant, name="grant_root"),
    path("dicomweb/grants/<uuid:grant_id>/<path:resource>", dicomweb.by_grant, name="by_grant"),
    path("dicomweb/patients/<uuid:patient_id>/", dicomweb.by_patient, name="patient_root"),
    path("dicomweb/patients/<uuid:patient_id>/<path:resource>", dicomweb.by_patient, name="by_patient"),
]
