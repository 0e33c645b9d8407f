from django.urls import URLPattern, URLResolver, path

from hearthline.fleet import incident_views, views

app_name = "fleet"
urlpatterns: list[URLPattern | URLResolver] = [
    path("fleet/", views.assets, name="assets"),
    path("fleet/add/", views.add, name="add"),
    path("fleet/<uuid:asset_id>/", views.asset, name="asset"),
    path("ops/incidents/", incident_views.listing, name="incidents"),
    path("ops/incidents/<uuid:incident_id>/", incident_views.incident, name="incident"),
    path("ops/incidents/<uuid:incident_id>/hand-over/", incident_views.hand_over, name="hand_over"),
]
