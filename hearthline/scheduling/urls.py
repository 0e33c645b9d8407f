from django.urls import URLPattern, URLResolver, path

from hearthline.scheduling.views import appointments, public

app_name = "scheduling"
OWN = "care/appointments/<uuid:appointment_id>/"
LINK = "o/<slug:organization_slug>/appointment/<str:token>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("care/book/", public.start_own, name="book"),
    path("care/book/<uuid:draft_id>/<slug:name>/", public.step_own, name="book_step"),
    path("o/<slug:organization_slug>/book/", public.start_public, name="public_book"),
    path(
        "o/<slug:organization_slug>/book/<uuid:draft_id>/<slug:name>/",
        public.step_public,
        name="public_book_step",
    ),
    path("care/appointments/", appointments.index, name="appointments"),
    path(OWN, appointments.detail, name="appointment"),
    path(OWN + "booked/", appointments.booked, name="appointment_booked"),
    path(OWN + "move/", appointments.move_own, name="appointment_move"),
    path(OWN + "cancel/", appointments.cancel_own, name="appointment_cancel"),
    path(OWN + "confirm/", appointments.confirm_own, name="appointment_confirm"),
    path(OWN + "visit.ics", appointments.calendar_own, name="appointment_calendar"),
    path(LINK, appointments.link_detail, name="link"),
    path(LINK + "move/", appointments.link_move, name="link_move"),
    path(LINK + "cancel/", appointments.link_cancel, name="link_cancel"),
    path(LINK + "confirm/", appointments.link_confirm, name="link_confirm"),
    path(LINK + "visit.ics", appointments.link_calendar, name="link_calendar"),
]
