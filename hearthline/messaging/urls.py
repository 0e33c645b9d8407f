from django.urls import URLPattern, URLResolver, path

from hearthline.messaging.views import administration, care, desk, staff, webhooks

app_name = "messaging"
urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/sms/receipt", webhooks.receipt, name="sms_receipt"),
    path("messages/sms/incoming", webhooks.incoming_text, name="sms_incoming"),
    path("care/messages/", care.threads, name="care_threads"),
    path("care/messages/new/", care.new, name="care_new"),
    path("care/messages/files/<uuid:attachment_id>/", care.attachment, name="care_attachment"),
    path("care/messages/<uuid:thread_id>/", care.thread, name="care_thread"),
    path("care/messages/<uuid:thread_id>/send/", care.send, name="care_send"),
    path("messages/", staff.threads, name="threads"),
    path("messages/new/<uuid:patient_id>/", staff.new, name="new"),
    path("messages/files/<uuid:attachment_id>/", staff.attachment, name="attachment"),
    path("messages/<uuid:thread_id>/", staff.thread, name="thread"),
    path("messages/<uuid:thread_id>/send/", staff.send, name="send"),
    path("messages/<uuid:thread_id>/claim/", staff.claim, name="claim"),
    path("messages/<uuid:thread_id>/close/", staff.close, name="close"),
    path("messages/<uuid:thread_id>/reopen/", staff.reopen, name="reopen"),
    path("messages/<uuid:thread_id>/hand-over/", staff.hand_over, name="hand_over"),
    path("care/messages/sent/", desk.own_deliveries, name="own_deliveries"),
    path("messages/notices/", desk.notice_list, name="notices"),
    path("messages/notices/read/", desk.mark_notices, name="mark_notices"),
    path("messages/notices/<uuid:notice_id>/", desk.open_notice, name="open_notice"),
    path("messages/contacts/", desk.contacts, name="contacts"),
    path("messages/contacts/<uuid:doubt_id>/resolve/", desk.resolve, name="resolve_doubt"),
    path("messages/sent/<uuid:patient_id>/", desk.patient_deliveries, name="patient_deliveries"),
    path("administration/messages/", administration.overview, name="administration"),
    path("administration/messages/words/", administration.wordings, name="wordings"),
    path(
        "administration/messages/words/<str:template>/<str:language>/<str:channel>/",
        administration.wording,
        name="wording",
    ),
    path("administration/messages/hours/", administration.policy, name="policy"),
    path("administration/messages/teams/", administration.pools, name="pools"),
    path("administration/messages/teams/new/", administration.pool, name="new_pool"),
    path("administration/messages/teams/<uuid:pool_id>/", administration.pool, name="pool"),
]
