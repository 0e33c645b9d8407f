from django.urls import URLPattern, URLResolver, path

from hearthline.directory.views import administration, care, duplicates, own, photos, practitioners, staff

app_name = "directory"
staff_pages: list[URLPattern | URLResolver] = [
    path("patients/", staff.search, name="search"),
    path("patients/new/", staff.register, name="register"),
    path("patients/duplicates/", duplicates.queue, name="duplicates"),
    path("patients/duplicates/<uuid:candidate_id>/", duplicates.pair, name="duplicate"),
    path("patients/merges/<uuid:merge_id>/undo/", duplicates.undo, name="undo_merge"),
    path("patients/<uuid:patient_id>/", staff.patient, name="patient"),
    path("patients/<uuid:patient_id>/edit/<slug:section>/", staff.edit, name="edit"),
    path("patients/<uuid:patient_id>/numbers/add/", staff.add_identifier, name="add_identifier"),
    path(
        "patients/<uuid:patient_id>/numbers/<uuid:identifier_id>/remove/",
        staff.remove_identifier,
        name="remove_identifier",
    ),
    path("patients/<uuid:patient_id>/caregivers/add/", care.add_caregiver, name="add_caregiver"),
    path(
        "patients/<uuid:patient_id>/caregivers/<uuid:caregiver_id>/end/",
        care.end_caregiver,
        name="end_caregiver",
    ),
    path("patients/<uuid:patient_id>/consents/add/", care.add_consent, name="add_consent"),
    path(
        "patients/<uuid:patient_id>/consents/<uuid:consent_id>/withdraw/",
        care.withdraw_consent,
        name="withdraw_consent",
    ),
    path("patients/<uuid:patient_id>/care/add/", care.add_care, name="add_care"),
    path("patients/<uuid:patient_id>/care/<uuid:relationship_id>/end/", care.end_care, name="end_care"),
    path("patients/<uuid:patient_id>/account/invite/", care.invite_account, name="invite_account"),
    path("patients/<uuid:patient_id>/account/end/", care.end_account, name="end_account"),
    path("practitioners/<uuid:practitioner_id>/photo/", photos.photo, name="photo"),
    path("practitioners/<uuid:practitioner_id>/photo/change/", photos.change_photo, name="change_photo"),
    path("practitioners/<uuid:practitioner_id>/photo/remove/", photos.remove_photo, name="remove_photo"),
    path(
        "o/<slug:organization_slug>/practitioners/<uuid:practitioner_id>/photo/",
        photos.public_photo,
        name="public_photo",
    ),
    path("today/licences/", practitioners.own_licences, name="own_licences"),
]
patient_pages: list[URLPattern | URLResolver] = [
    path("care/about-you/", own.about_you, name="about_you"),
    path("care/profile/", own.profile, name="profile"),
    path("care/profile/<uuid:patient_id>/", own.profile_of, name="profile_of"),
    path("care/profile/<uuid:patient_id>/edit/<slug:section>/", own.edit, name="profile_edit"),
    path("care/profile/<uuid:patient_id>/caregivers/add/", own.add_caregiver, name="profile_add_caregiver"),
    path(
        "care/profile/<uuid:patient_id>/caregivers/<uuid:caregiver_id>/end/",
        own.end_caregiver,
        name="profile_end_caregiver",
    ),
    path("care/profile/<uuid:patient_id>/consents/", own.consents, name="consents"),
    path(
        "care/profile/<uuid:patient_id>/consents/<uuid:text_id>/agree/",
        own.give_consent,
        name="give_own_consent",
    ),
    path(
        "care/profile/<uuid:patient_id>/consents/<uuid:consent_id>/withdraw/",
        own.withdraw_consent,
        name="withdraw_own_consent",
    ),
]
administration_pages: list[URLPattern | URLResolver] = [
    path("administration/", administration.home, name="administration"),
    path("administration/organization/", administration.organization, name="organization"),
    path("administration/policy/", administration.policy, name="policy"),
    path("administration/sites/", administration.sites, name="sites"),
    path("administration/sites/add/", administration.site, name="add_site"),
    path("administration/sites/<uuid:site_id>/", administration.site, name="site"),
    path("administration/numbers/", administration.issuers, name="issuers"),
    path("administration/numbers/add/", administration.issuer, name="add_issuer"),
    path("administration/numbers/<uuid:issuer_id>/", administration.issuer, name="issuer"),
    path("administration/teams/", administration.teams, name="teams"),
    path("administration/teams/add/", administration.team, name="add_team"),
    path("administration/teams/<uuid:team_id>/", administration.team, name="team"),
    path("administration/practitioners/", practitioners.practitioners, name="practitioners"),
    path(
        "administration/practitioners/add/<uuid:membership_id>/",
        practitioners.add_practitioner,
        name="add_practitioner",
    ),
    path(
        "administration/practitioners/<uuid:practitioner_id>/",
        practitioners.practitioner,
        name="practitioner",
    ),
    path(
        "administration/practitioners/<uuid:practitioner_id>/licences/add/",
        practitioners.licence,
        name="add_licence",
    ),
    path(
        "administration/practitioners/<uuid:practitioner_id>/licences/<uuid:licence_id>/",
        practitioners.licence,
        name="licence",
    ),
    path("administration/consent-texts/", practitioners.consent_texts, name="consent_texts"),
    path("administration/consent-texts/write/", practitioners.write_consent_text, name="write_consent_text"),
    path(
        "administration/consent-texts/<uuid:text_id>/write/",
        practitioners.write_consent_text,
        name="rewrite_consent_text",
    ),
    path("administration/consent-texts/<uuid:text_id>/", practitioners.consent_text, name="consent_text"),
]
urlpatterns = staff_pages + patient_pages + administration_pages
