from django.urls import URLPattern, URLResolver, path

from hearthline.imaging.intake import views

SET = "photos/sets/<uuid:capture_id>/"

app_name = "intake"
urlpatterns: list[URLPattern | URLResolver] = [
    path("photos/", views.own, name="own"),
    path("photos/of/<uuid:patient_id>/", views.sets, name="sets"),
    path("photos/of/<uuid:patient_id>/album/", views.album, name="album"),
    path(SET, views.capture, name="capture"),
    path(f"{SET}words/", views.words, name="words"),
    path(f"{SET}sent/", views.sent, name="sent"),
    path(f"{SET}states/", views.states, name="states"),
    path("photos/outbox/", views.outbox, name="outbox"),
    path("photos/worker.js", views.worker, name="worker"),
    path("photos/files/<uuid:file_id>/<slug:form>/", views.file, name="file"),
]
