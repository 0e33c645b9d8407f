from django.urls import URLPattern, URLResolver, path

from hearthline.identity.policy import account, public
from hearthline.identity.views import (
    entry,
    invitations,
    organizations,
    registration,
    resets,
    second_factor,
    staff,
    stays,
)

app_name = "identity"
urlpatterns: list[URLPattern | URLResolver] = [
    path("second-factor/", account(second_factor.second_factor), name="second_factor"),
    path("confirm/", account(entry.confirm), name="confirm"),
    path(
        "o/<slug:organization_slug>/register/", public(registration.RegisterView.as_view()), name="register"
    ),
    path("invitation/", invitations.invitation, name="invitation"),
    path("invitation/account/", invitations.take_up, name="take_up"),
    path("sign-in/lost-second-step/", resets.use, name="reset_use"),
    path("sign-in/lost-second-step/<str:token>/stop/", resets.stop_by_link, name="reset_stop_link"),
    path("switch/", organizations.switch, name="switch"),
    path("account/devices/", stays.stays, name="stays"),
    path("account/devices/<uuid:stay_id>/sign-out/", stays.end_one, name="stay_end"),
    path("account/devices/sign-out/", stays.end_all, name="stays_end"),
    path("session/", stays.status, name="session"),
    path("session/back/", stays.come_back, name="stay_back"),
    path("session/continue/", stays.go_on, name="session_continue"),
    path("administration/staff/", staff.staff_list, name="staff"),
    path("administration/staff/invite/", staff.invite, name="staff_invite"),
    path(
        "administration/staff/invitations/<uuid:invitation_id>/send/",
        staff.invitation_resend,
        name="staff_resend",
    ),
    path(
        "administration/staff/invitations/<uuid:invitation_id>/withdraw/",
        staff.invitation_withdraw,
        name="staff_withdraw",
    ),
    path("administration/second-step-resets/", resets.reset_list, name="resets"),
    path("administration/second-step-resets/<uuid:reset_id>/", resets.reset, name="reset"),
    path("administration/second-step-resets/<uuid:reset_id>/stop/", resets.stop, name="reset_stop"),
    path("administration/members/<uuid:user_id>/lost-second-step/", resets.open_reset, name="reset_open"),
    path("administration/staff/<uuid:membership_id>/unlock/", resets.unlock, name="staff_unlock"),
    path("administration/staff/<uuid:membership_id>/roles/", staff.roles, name="staff_roles"),
    path("administration/staff/<uuid:membership_id>/deactivate/", staff.deactivate, name="staff_deactivate"),
    path("administration/staff/<uuid:membership_id>/reactivate/", staff.reactivate, name="staff_reactivate"),
]
