from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from hearthline.charting.views import chart, notes, record
from hearthline.charting.vital_kinds import KINDS


class ListConverter(StringConverter):
    """The name of a list in the chart."""

    regex = "problems|allergies|medications"


class ListOrVitalsConverter(StringConverter):
    """The name of a list in the chart, or the measurements."""

    regex = "problems|allergies|medications|vitals"


class VitalKindConverter(StringConverter):
    """A kind of vital sign."""

    regex = "|".join(KINDS)


register_converter(ListConverter, "chartlist")
register_converter(ListOrVitalsConverter, "chartentries")
register_converter(VitalKindConverter, "vitalkind")

app_name = "charting"
urlpatterns: list[URLPattern | URLResolver] = [
    path("patients/<uuid:patient_id>/chart/", chart.chart, name="chart"),
    path("patients/<uuid:patient_id>/encounters/", chart.encounters, name="encounters"),
    path("patients/<uuid:patient_id>/chart/<chartlist:listed>/add/", chart.edit_item, name="add_item"),
    path("patients/<uuid:patient_id>/chart/<chartlist:listed>/reviewed/", chart.review, name="review"),
    path(
        "patients/<uuid:patient_id>/chart/<chartlist:listed>/<uuid:item_id>/",
        chart.edit_item,
        name="edit_item",
    ),
    path(
        "patients/<uuid:patient_id>/chart/<chartentries:listed>/<uuid:item_id>/mistake/",
        chart.mark_in_error,
        name="mark_in_error",
    ),
    path("patients/<uuid:patient_id>/vitals/add/", chart.add_vital, name="add_vital"),
    path("patients/<uuid:patient_id>/vitals/<vitalkind:kind>/", chart.vitals, name="vitals"),
    path("patients/<uuid:patient_id>/documents/add/", chart.add_document, name="add_document"),
    path("encounters/<uuid:encounter_id>/note/", notes.start, name="start_note"),
    path("encounters/<uuid:encounter_id>/summary/", notes.start_summary, name="start_summary"),
    path("notes/<uuid:note_id>/", notes.note, name="note"),
    path("notes/<uuid:note_id>/addendum/", notes.addendum, name="addendum"),
    path("notes/<uuid:note_id>/discard/", notes.discard, name="discard_note"),
    path("summaries/<uuid:summary_id>/", notes.summary_edit, name="summary_edit"),
    path("summaries/<uuid:summary_id>/file/", record.summary_file, name="summary_file"),
    path("documents/<uuid:document_id>/", record.document, name="document"),
    path("care/record/", record.record, name="record"),
    path("care/record/<uuid:patient_id>/", record.record, name="record_of"),
    path("care/summaries/", record.summaries, name="summaries"),
    path("care/summaries/<uuid:summary_id>/", record.summary, name="summary"),
    path("care/notes/<uuid:note_id>/", record.signed_note, name="own_note"),
    path("administration/note-templates/", notes.templates, name="templates"),
    path("administration/note-templates/add/", notes.template, name="add_template"),
    path("administration/note-templates/<uuid:template_id>/", notes.template, name="template"),
]
