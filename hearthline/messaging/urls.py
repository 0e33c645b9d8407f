from django.urls import URLPattern, URLResolver, path

from hearthline.messaging.views import care, health, staff, webhooks

app_name = "messaging"
urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/sms/receipt", webhooks.receipt, name="sms_receipt"),
    path("messages/sms/incoming", webhooks.incoming_text, name="sms_incoming"),
    path("health/reminders", health.reminders, name="health_reminders"),
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
]
