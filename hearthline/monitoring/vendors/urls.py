from django.urls import URLPattern, URLResolver, path

from hearthline.monitoring.vendors import views

app_name = "vendors"
urlpatterns: list[URLPattern | URLResolver] = [
    path("care/readings/<uuid:patient_id>/withings/", views.account, name="account"),
    path("care/readings/<uuid:patient_id>/withings/go/", views.go, name="go"),
    path("care/readings/<uuid:patient_id>/withings/end/", views.end, name="end"),
    path("care/readings/withings/back/", views.back, name="back"),
]
