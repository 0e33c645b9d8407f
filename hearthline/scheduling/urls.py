from django.urls import URLPattern, URLResolver, path

from hearthline.scheduling.views import (
    administration,
    appointments,
    line_place,
    own_line,
    public,
    queue,
    schedule,
    staff_booking,
    staff_needs,
)

app_name = "scheduling"
OWN = "care/appointments/<uuid:appointment_id>/"
LINK = "o/<slug:organization_slug>/appointment/<str:token>/"
STAFF = "schedule/appointments/<uuid:appointment_id>/"
PLACE = "care/line/place/<uuid:entry_id>/"
HOURS = "administration/hours/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("care/book/", public.start_own, name="book"),
    path("care/book/<uuid:draft_id>/<slug:name>/", public.step_own, name="book_step"),
    path("o/<slug:organization_slug>/book/", public.start_public, name="public_book"),
    path(
        "o/<slug:organization_slug>/book/<uuid:draft_id>/<slug:name>/",
        public.step_public,
        name="public_book_step",
    ),
    path("o/<slug:organization_slug>/line/", own_line.about, name="public_line"),
    path("care/line/", own_line.start, name="line"),
    path("care/line/<uuid:draft_id>/<slug:name>/", own_line.step, name="line_step"),
    path(PLACE, line_place.place, name="line_place"),
    path(PLACE + "call-back/", line_place.call_back, name="line_call_back"),
    path(PLACE + "stay/", line_place.stay, name="line_stay"),
    path(PLACE + "leave/", line_place.leave, name="line_leave"),
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
    path("schedule/", schedule.schedule, name="schedule"),
    path("schedule/book/", staff_booking.book, name="staff_book"),
    path("schedule/queue/", queue.queue, name="queue"),
    path("schedule/queue/join/", queue.join, name="queue_join"),
    path("schedule/queue/<uuid:entry_id>/call/", queue.call, name="queue_call"),
    path("schedule/queue/<uuid:entry_id>/leave/", queue.leave, name="queue_leave"),
    path(STAFF, schedule.detail, name="staff_appointment"),
    path(STAFF + "move/", schedule.move, name="staff_move"),
    path(STAFF + "cancel/", schedule.cancel, name="staff_cancel"),
    path(STAFF + "needs/", staff_needs.needs, name="staff_needs"),
    path(STAFF + "missed/", schedule.noshow, name="staff_noshow"),
    path(STAFF + "do/<slug:action>/", schedule.act, name="staff_act"),
    path("administration/services/", administration.services, name="services"),
    path("administration/services/add/", administration.service, name="service_add"),
    path("administration/services/<uuid:service_id>/", administration.service, name="service"),
    path(HOURS, administration.hours, name="hours"),
    path(HOURS + "add/", administration.hours_add, name="hours_add"),
    path(HOURS + "<uuid:rule_id>/remove/", administration.hours_remove, name="hours_remove"),
    path(HOURS + "exceptions/add/", administration.exception_add, name="exception_add"),
    path(HOURS + "exceptions/<uuid:exception_id>/", administration.exception, name="exception"),
    path(
        HOURS + "exceptions/<uuid:exception_id>/remove/",
        administration.exception_remove,
        name="exception_remove",
    ),
]
