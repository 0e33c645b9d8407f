from django.urls import URLPattern, URLResolver, path

from hearthline.fhir import views

app_name = "fhir"
urlpatterns: list[URLPattern | URLResolver] = [
    path("fhir/", views.bundle, name="bundle"),
    path("fhir/metadata", views.metadata, name="metadata"),
    path("fhir/openapi.json", views.description, name="openapi"),
    path("fhir/DiagnosticReport", views.reports, name="reports"),
    path("fhir/DiagnosticReport/<str:report_id>", views.report, name="report"),
    path("fhir/Observation/<str:observation_id>", views.observation, name="observation"),
]
