from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from hearthline.monitoring.plots.reports.explore import EXPLORED
from hearthline.monitoring.plots.reports.series import PLOTTED_BY_CODE
from hearthline.monitoring.plots.views import files, own, staff


class PlottedConverter(StringConverter):
    """A metric that is drawn as one value over days."""

    regex = "|".join(PLOTTED_BY_CODE)


class ExploredConverter(StringConverter):
    """What can be looked into value by value."""

    regex = "|".join(EXPLORED)


register_converter(PlottedConverter, "plotted")
register_converter(ExploredConverter, "explored")

OF_PATIENT = "patients/<uuid:patient_id>/monitoring/"
OWN = "care/charts/<uuid:patient_id>/"
app_name = "plots"
urlpatterns: list[URLPattern | URLResolver] = [
    path(OF_PATIENT, staff.monitoring, name="monitoring"),
    path(f"{OF_PATIENT}glucose/", staff.glucose, name="glucose"),
    path(f"{OF_PATIENT}blood-pressure/", staff.pressure, name="pressure"),
    path(f"{OF_PATIENT}<plotted:plotted>/", staff.series, name="series"),
    path(f"{OF_PATIENT}values/<explored:explored>/", staff.explore, name="explore"),
    path(f"{OF_PATIENT}dry-weight/", staff.dry_weight, name="dry_weight"),
    path(f"{OF_PATIENT}report.pdf", files.report, name="report"),
    path(f"{OF_PATIENT}report/", files.keep, name="keep_report"),
    path("care/charts/", own.charts, name="own"),
    path(OWN, own.charts, name="own_of"),
    path(f"{OWN}glucose/", own.glucose, name="own_glucose"),
    path(f"{OWN}glucose/days/", own.glucose_days, name="own_glucose_days"),
    path(f"{OWN}blood-pressure/", own.pressure, name="own_pressure"),
    path(f"{OWN}<plotted:plotted>/", own.series, name="own_series"),
]
