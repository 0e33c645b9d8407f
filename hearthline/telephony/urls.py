from django.urls import URLPattern, URLResolver, path

from hearthline.telephony import views

app_name = "telephony"
urlpatterns: list[URLPattern | URLResolver] = [
    path("administration/telephone/", views.telephone, name="administration"),
    path("administration/telephone/<slug:language>/<slug:name>/", views.recording, name="recording"),
]
