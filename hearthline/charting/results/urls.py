from django.urls import URLPattern, URLResolver, path

from hearthline.charting.results.views import administration, desk, own, staff

app_name = "results"
urlpatterns: list[URLPattern | URLResolver] = [
    path("results/", staff.worklist, name="worklist"),
    path("results/messages/", desk.messages_list, name="messages"),
    path("results/messages/<uuid:message_id>/", desk.message, name="message"),
    path("results/messages/<uuid:message_id>/match/", desk.match, name="match"),
    path("results/messages/<uuid:message_id>/replay/", desk.replay, name="replay"),
    path("results/messages/<uuid:message_id>/correct/", desk.correct, name="correct"),
    path("results/messages/<uuid:message_id>/set-aside/", desk.set_aside, name="set_aside"),
    path("results/critical/<uuid:critical_id>/", staff.critical, name="critical"),
    path("results/files/<uuid:document_id>/", staff.document, name="document"),
    path("results/<uuid:report_id>/", staff.report, name="report"),
    path("results/<uuid:report_id>/acknowledge/", staff.acknowledge, name="acknowledge"),
    path("results/<uuid:report_id>/hand-over/", staff.hand_over, name="hand_over"),
    path("results/<uuid:report_id>/hold/", staff.hold, name="hold"),
    path("results/<uuid:report_id>/release/", staff.release, name="release"),
    path("results/<uuid:report_id>/lines/<uuid:observation_id>/", staff.trend, name="trend"),
    path("patients/<uuid:patient_id>/results/", staff.of_patient, name="of_patient"),
    path("care/results/", own.results, name="own_list"),
    path("care/results/<uuid:report_id>/", own.result, name="own_result"),
    path("administration/laboratories/", administration.laboratories, name="laboratories"),
    path("administration/laboratories/add/", administration.laboratory, name="add_laboratory"),
    path("administration/laboratories/<uuid:laboratory_id>/", administration.laboratory, name="laboratory"),
    path("administration/machines/", administration.machines, name="machines"),
    path("administration/machines/<uuid:token_id>/revoke/", administration.revoke, name="revoke"),
]
