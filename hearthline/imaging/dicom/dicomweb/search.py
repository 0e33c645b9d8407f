"""QIDO-RS (PS3.18 10.6): which studies, series and instances there are under a root."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from hearthline.imaging.dicom.dicomweb import matching
from hearthline.imaging.dicom.dicomweb.answers import Refusal, as_json
from hearthline.imaging.dicom.dicomweb.attributes import (
    ATTRIBUTES,
    BY_TAG,
    INSTANCE,
    SERIES,
    STUDY,
    Attribute,
    Json,
    tag_of,
    written,
)
from hearthline.imaging.dicom.dicomweb.resources import Resource
from hearthline.imaging.dicom.models import Instance
from hearthline.imaging.dicom.rules import Json as Header
from hearthline.imaging.dicom.scopes import Scope
from hearthline.imaging.dicom.services.identities import identifier_index

MOST_ROWS = 500
MOST_EXTRA_ROWS = 100  # of answers with attributes that have no column: they are read from the headers
MOST_LOOKED_THROUGH = 5000  # patient numbers opened for one search with wildcards in the number
OPTIONS = frozenset({"limit", "offset", "includefield", "fuzzymatching", "accept"})
NOT_SUPPORTED = "The following attributes are not matched: {}. The others were."
NO_FUZZY = "The fuzzymatching parameter is not supported. Only literal matching has been performed."
THERE_IS_MORE = "There are more results. Ask for them with offset."
PATHS = {  # from the table of a level to that of an attribute's level
    STUDY: {STUDY: ""},
    SERIES: {SERIES: "", STUDY: "study__"},
    INSTANCE: {INSTANCE: "", SERIES: "series__", STUDY: "series__study__"},
}


@dataclass
class Query:
    """A search as it was asked."""

    level: str
    conditions: list[Q] = field(default_factory=list)
    identifier: str = ""
    included: set[str] = field(default_factory=set)
    has_all: bool = False
    limit: int = MOST_ROWS
    offset: int = 0
    warnings: list[str] = field(default_factory=list)


def search(request: HttpRequest, scope: Scope, resource: Resource) -> HttpResponse:
    """Answer a search.

    Raises:
        Http404: the study or series it is asked within does not exist under this root.
        Refusal: a parameter cannot be understood.
    """
    query = _parse(request, resource.level)
    rows = _rows(scope, resource).filter(*query.conditions)
    if query.identifier:
        rows = _with_identifier(scope, rows, query)
    extra = query.has_all or any(tag not in BY_TAG for tag in query.included)
    limit = min(query.limit, MOST_EXTRA_ROWS if extra else MOST_ROWS)
    found = list(rows[query.offset : query.offset + limit + 1])
    if len(found) > limit and limit < query.limit:
        query.warnings.append(THERE_IS_MORE)
    found = found[:limit]
    headers = _headers(found, query) if extra else {}
    answer = [_written(row, resource, query, headers.get(row.pk)) for row in found]
    scope.note_search()
    response = as_json(request, answer)
    if query.warnings:
        response["Warning"] = ", ".join(f'299 hearthline "{warning}"' for warning in query.warnings)
    return response


def _rows(scope: Scope, resource: Resource) -> QuerySet[Any]:
    """Return the rows of a level under a root, within the study and series of the address."""
    if resource.study and not scope.studies().filter(study_uid=resource.study).exists():
        raise Http404
    if (
        resource.series
        and not scope.series().filter(study__study_uid=resource.study, series_uid=resource.series).exists()
    ):
        raise Http404
    if resource.level == STUDY:
        return scope.studies()
    if resource.level == SERIES:
        rows = scope.series().select_related("study").order_by("study_id", "number", "id")
        return rows.filter(study__study_uid=resource.study) if resource.study else rows
    instances = scope.instances().select_related("series__study").defer("metadata", "frames", "bulk")
    if resource.study:
        instances = instances.filter(series__study__study_uid=resource.study)
    if resource.series:
        instances = instances.filter(series__series_uid=resource.series)
    return instances.order_by("series_id", "number", "id")


def _parse(request: HttpRequest, level: str) -> Query:
    query = Query(level)
    query.limit = _count(request, "limit", MOST_ROWS)
    query.offset = _count(request, "offset", 0)
    if request.GET.get("fuzzymatching", "").lower() == "true":
        query.warnings.append(NO_FUZZY)
    for text in request.GET.getlist("includefield"):
        for name in text.split(","):
            query.has_all = query.has_all or name == "all"
            query.included |= {tag_of(name)} - {""}
    ignored = []
    for name in request.GET:
        if name in OPTIONS:
            continue
        attribute = BY_TAG.get(tag_of(name))
        if attribute is None or attribute.level not in PATHS[level]:
            ignored.append(re.sub(r"[^A-Za-z0-9.]", "", name)[:64])
            continue
        value = request.GET[name].replace("\0", "")
        query.included.add(attribute.tag)
        if attribute.matching == "identifier":
            query.identifier = value
        else:
            query.conditions.append(matching.condition(attribute, value, PATHS[level][attribute.level]))
    if ignored:
        query.warnings.append(NOT_SUPPORTED.format(" ".join(ignored)))
    return query


def _count(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Refusal(400, f"Write {name} as a whole number.")
    return int(text)


def _with_identifier(scope: Scope, rows: QuerySet[Any], query: Query) -> QuerySet[Any]:
    """Keep the rows of a patient number: by its blind index, or with wildcards by opening each."""
    prefix = PATHS[query.level][STUDY]
    value = query.identifier
    if value == "*":
        return rows
    if "*" not in value and "?" not in value:
        index = identifier_index(scope.actor.organization_id, value)
        return rows.filter(**{f"{prefix}patient_identifier_index": index})
    wanted = re.compile(matching.pattern(value, is_name=False))
    studies = scope.studies().only("id", "organization_id", "patient_identifier")[:MOST_LOOKED_THROUGH]
    kept = [study.pk for study in studies if wanted.match(study.patient_identifier)]
    return rows.filter(**{f"{prefix}pk__in": kept})


def _headers(rows: Sequence[Model], query: Query) -> dict[Any, Header]:
    """Return a header for each row: of the row's first instance."""
    path = {STUDY: "series__study_id", SERIES: "series_id", INSTANCE: "pk"}[query.level]
    instances = (
        Instance.objects.filter(**{f"{path}__in": [row.pk for row in rows]}, retracted_at__isnull=True)
        .order_by(path, "number", "id")
        .distinct(path)
        .select_related("series")
    )
    found: dict[Any, Header] = {}
    for one in instances:
        key = {STUDY: one.series.study_id, SERIES: one.series_id, INSTANCE: one.pk}[query.level]
        found[key] = json_of(one)
    return found


def json_of(instance: Instance) -> Header:
    """Return an instance's header as DICOM JSON."""
    found: Header = json.loads(instance.metadata)
    return found


def _written(row: Any, resource: Resource, query: Query, header: Header | None) -> Json:
    answer: Json = {}
    for attribute in ATTRIBUTES:
        if _is_wanted(attribute, resource, query):
            answer[attribute.tag] = written(
                attribute, getattr(_owner(row, query.level, attribute.level), attribute.column)
            )
    for tag in sorted(header or {}):
        is_asked = query.has_all or tag in query.included
        if header and is_asked and tag not in answer and "BulkDataURI" not in header[tag]:
            answer[tag] = header[tag]
    return dict(sorted(answer.items()))


def _is_wanted(attribute: Attribute, resource: Resource, query: Query) -> bool:
    """Return whether an attribute is in the answer: its level's own, those of levels not named in the address."""
    if attribute.level not in PATHS[query.level]:
        return False
    if attribute.tag in query.included or query.has_all:
        return True
    is_named = (attribute.level == STUDY and resource.study) or (
        attribute.level == SERIES and resource.series
    )
    return attribute.is_default and (not is_named or attribute.tag in {"0020000D", "0020000E"})


def _owner(row: Any, level: str, wanted: str) -> Any:
    if level == wanted:
        return row
    series = row.series if level == INSTANCE else row
    return series if wanted == SERIES else series.study
