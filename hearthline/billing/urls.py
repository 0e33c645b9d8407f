from django.urls import URLPattern, URLResolver, path

from hearthline.billing import views

app_name = "billing"
urlpatterns: list[URLPattern | URLResolver] = [
    path("billing/", views.board, name="board"),
    path("billing/visits/", views.visits, name="visits"),
    path("billing/claims.csv", views.export, name="export"),
    path("billing/episodes/<uuid:episode_id>/", views.episode, name="episode"),
    path("billing/episodes/<uuid:episode_id>/claim/", views.claim, name="claim"),
    path("billing/claims/<uuid:claim_id>/", views.claimed, name="claimed"),
    path("billing/claims/<uuid:claim_id>/evidence.json", views.evidence, name="evidence"),
]
