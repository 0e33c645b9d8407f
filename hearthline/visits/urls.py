from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from hearthline.visits.choices import Help
from hearthline.visits.views import (
    boards,
    care,
    clinician,
    guest,
    interpreter,
    safety,
    staff_connections,
    staff_interpreters,
    staff_rescue,
    stills,
)


class DecisionConverter(StringConverter):
    """What a clinician may decide about a visit."""

    regex = "|".join(clinician.DECISIONS)


class HelpConverter(StringConverter):
    """What the rescue desk can do; looking at a booking is a link, nothing that is done."""

    regex = "|".join(one.value for one in Help if one is not Help.BOOK)


register_converter(DecisionConverter, "visitdecision")
register_converter(HelpConverter, "visithelp")

CARE = "care/visits/<uuid:visit_id>/"
STAFF = "visits/<uuid:visit_id>/"
GUEST = "o/<slug:organization_slug>/visits/"

app_name = "visits"
urlpatterns: list[URLPattern | URLResolver] = [
    path(CARE, care.enter, name="enter"),
    path(f"{CARE}prepare/", care.prepare, name="prepare"),
    path(f"{CARE}prepare/photos/<uuid:photo_id>/", care.photo, name="photo"),
    path(f"{CARE}prepare/photos/<uuid:photo_id>/remove/", care.remove_photo, name="remove_photo"),
    path(f"{CARE}prepare/<slug:name>/", care.question, name="question"),
    path(f"{CARE}check/", care.check, name="check"),
    path(f"{CARE}door/", care.door_page, name="door"),
    path(f"{CARE}room/", care.room, name="room"),
    path(f"{CARE}call-me/", care.call_me, name="call_me"),
    path(f"{CARE}called/", care.called, name="called"),
    path(f"{CARE}after/", care.after, name="after"),
    path("visits/rescue/", staff_rescue.rescue, name="rescue"),
    path("visits/rescue/requests/", staff_rescue.requests, name="rescue_requests"),
    path("visits/rescue/requests/<uuid:rescue_id>/", staff_rescue.close, name="close_request"),
    path("visits/rescue/results/", staff_rescue.results, name="rescue_results"),
    path(f"{STAFF}rescue/<visithelp:help_>/", staff_rescue.do_rescue, name="do_rescue"),
    path(f"{STAFF}coverage/", staff_rescue.coverage, name="coverage"),
    path(f"{STAFF}practice/", staff_rescue.practice, name="practice"),
    path("visits/interpreters/", staff_interpreters.interpreters, name="interpreters"),
    path(f"{STAFF}interpreter/", staff_interpreters.ask, name="interpreter_ask"),
    path(
        "visits/interpreters/<uuid:booking_id>/<slug:decision>/",
        staff_interpreters.decide,
        name="interpreter_decide",
    ),
    path("visits/connections/", staff_connections.connections, name="connections"),
    path(f"{STAFF}room/", clinician.room, name="clinician_room"),
    path(f"{STAFF}emergency/", safety.emergency, name="emergency"),
    path(f"{STAFF}emergency/step/", safety.safety_step, name="safety_step"),
    path(f"{STAFF}note/", clinician.note, name="note"),
    path(f"{STAFF}wrap-up/", clinician.wrap_up, name="wrap_up"),
    path(f"{STAFF}decide/<visitdecision:decision>/", clinician.decide, name="decide"),
    path(f"{STAFF}files/", clinician.files, name="files"),
    path(f"{STAFF}files/<uuid:file_id>/", clinician.shared_file, name="shared_file"),
    path(f"{STAFF}photos/<uuid:photo_id>/", clinician.prepared_photo, name="prepared_photo"),
    path(f"{STAFF}board/", boards.panel, name="board"),
    path(f"{STAFF}board/<uuid:board_id>/", boards.picture, name="board_picture"),
    path(f"{STAFF}board/<uuid:board_id>/keep/", boards.keep, name="keep_board"),
    path(f"{GUEST}<uuid:visit_id>/board/", boards.guest_panel, name="guest_board"),
    path(f"{GUEST}<uuid:visit_id>/board/<uuid:board_id>/", boards.guest_picture, name="guest_board_picture"),
    path(f"{STAFF}stills/", stills.panel, name="stills"),
    path(f"{STAFF}stills/<uuid:still_id>/remove/", stills.remove, name="remove_still"),
    path(f"{STAFF}stills/<uuid:still_id>/<slug:form>/", stills.picture, name="still"),
    path(f"{GUEST}<uuid:visit_id>/stills/", stills.guest_panel, name="guest_stills"),
    path(
        f"{GUEST}<uuid:visit_id>/stills/<uuid:still_id>/remove/",
        stills.remove_as_guest,
        name="remove_guest_still",
    ),
    path(f"{GUEST}guest/", guest.landing, name="guest"),
    path(f"{GUEST}interpreting/", interpreter.interpreting, name="interpreting"),
    path(f"{GUEST}guest/redeem/", guest.redeem, name="redeem"),
    path(f"{GUEST}<uuid:visit_id>/room/", guest.room, name="guest_room"),
]
