"""A page of ours as a tagged PDF (PDF/UA-1), so that a screen reader can read it."""

from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher


def letter_pdf(request: HttpRequest, template: str, stylesheet: str, context: dict[str, Any]) -> bytes:
    """Return a page as a letter from the clinic. The page may fetch nothing, from nowhere."""
    html = render_to_string(template, context, request=request)
    styles = CSS(filename=str(finders.find(stylesheet)))
    document = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=(), fail_on_errors=True))
    content: bytes = document.write_pdf(stylesheets=[styles], pdf_variant="pdf/ua-1")
    return content


def summary_pdf(request: HttpRequest, context: dict[str, Any]) -> bytes:
    """Return the summary as a letter from the clinic."""
    return letter_pdf(request, "charting/summary_letter.html", "charting/letter.css", context)
