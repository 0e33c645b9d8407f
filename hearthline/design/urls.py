from django.urls import URLPattern, path

from hearthline.design import views

app_name = "design"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("patient/", views.patient, name="patient"),
    path("staff/", views.staff, name="staff"),
    path("question/", views.question, name="question"),
    path("waiting/", views.waiting, name="waiting"),
    path("letter/", views.letter, name="letter"),
    path("call/", views.call, name="call"),
]
