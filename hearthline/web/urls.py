from django.urls import URLPattern, URLResolver, path

from hearthline.web import case_visits, hub, operations, views
from hearthline.web.openapi import openapi

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.start, name="start"),
    path("openapi.json", openapi, name="openapi"),
    path("o/<slug:organization_slug>/", views.clinic, name="clinic"),
    path("care/", views.care, name="care"),
    path("care/for/<uuid:patient_id>/", views.care, name="care_for"),
    path("today/", views.today, name="today"),
    path("hub/", hub.hub, name="hub"),
    path("hub/<uuid:appointment_id>/photos/", hub.hub_photos, name="hub_photos"),
    path("hub/<uuid:appointment_id>/<slug:step>/", hub.hub_step, name="hub_step"),
    path("consults/<uuid:consult_id>/visit/", case_visits.case_visit, name="case_visit"),
    path("ops/", operations.operations, name="operations"),
]
