"""Every page's address. Each route declares who may use it (``identity.policy``); one that does not is refused."""

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from hearthline.design.urls import urlpatterns as design_routes
from hearthline.identity.policy import PUBLIC, Policy, declare, public
from hearthline.identity.roles import STAFF_ROLES

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hearthline.web.urls")),
    path("", include("hearthline.identity.urls")),
    path("", include("hearthline.identity.account_urls")),
    path("", include("hearthline.compliance.urls")),
    path("", include("hearthline.directory.urls")),
    path("", include("hearthline.messaging.urls")),
    path("", include("hearthline.charting.urls")),
    path("", include("hearthline.charting.results.urls")),
    path("", include("hearthline.scheduling.urls")),
    path("", include("hearthline.fleet.urls")),
    path("", include("hearthline.imaging.intake.urls")),
    path("", include("hearthline.imaging.dicom.urls")),
    path("", include("hearthline.visits.urls")),
    path("", include("hearthline.consults.urls")),
    path("", include("hearthline.monitoring.home.urls")),
    path("", include("hearthline.monitoring.vendors.urls")),
    path("", include("hearthline.monitoring.plots.urls")),
    path("", include("hearthline.monitoring.protocols.urls")),
    path("", include("hearthline.monitoring.triage.urls")),
    path("", include("hearthline.programs.urls")),
    path("", include("hearthline.billing.urls")),
    path("", include("hearthline.telephony.urls")),
    path("", include("hearthline.fhir.urls")),
    path("language/", public(set_language), name="set_language"),
    path("design/", include("hearthline.design.urls")),
]

# The living page knows nothing of people and policies; it is for staff, and open to all in the demo and in tests.
for route in design_routes:
    declare(
        f"design:{route.name}", PUBLIC if settings.IS_DESIGN_PUBLIC else Policy("staff", roles=STAFF_ROLES)
    )

if settings.IS_DEMO and apps.is_installed("hearthline.demo"):
    urlpatterns.append(path("demo/", include("hearthline.demo.urls")))

handler404 = "hearthline.web.errors.not_found"
handler403 = "hearthline.web.errors.refused"
handler400 = "hearthline.web.errors.unreadable"
handler500 = "hearthline.web.errors.broken"
