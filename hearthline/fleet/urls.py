from django.urls import URLPattern, URLResolver, path

from hearthline.fleet import views

app_name = "fleet"
urlpatterns: list[URLPattern | URLResolver] = [
    path("fleet/", views.assets, name="assets"),
    path("fleet/add/", views.add, name="add"),
    path("fleet/<uuid:asset_id>/", views.asset, name="asset"),
]
