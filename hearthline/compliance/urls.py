from django.urls import URLPattern, URLResolver, path

from hearthline.compliance import views

app_name = "compliance"
urlpatterns: list[URLPattern | URLResolver] = [
    path("care/access/", views.access_report, name="access_report"),
    path("patients/<uuid:patient_id>/emergency-access/", views.open_break_glass, name="open_break_glass"),
    path("emergency-access/<uuid:opening_id>/end/", views.end_break_glass, name="end_break_glass"),
    path("administration/emergency-access/", views.reviews, name="reviews"),
    path("administration/emergency-access/<uuid:opening_id>/", views.review, name="review"),
    path("administration/audit/", views.audit, name="audit"),
    path("administration/audit/export/", views.export, name="export"),
]
