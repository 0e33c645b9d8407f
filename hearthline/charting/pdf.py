"""A page of ours as a tagged PDF (PDF/UA-1), so that a screen reader can read it."""

from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher


def summary_pdf(request: HttpRequest, context: dict[str, Any]) -> bytes:
    """Return the summary as a letter from the clinic. The page may fetch nothing, from nowhere."""
    html = render_to_string("charting/summary_letter.html", context, request=request)
    stylesheet = CSS(filename=str(finders.find("charting/letter.css")))
    document = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=(), fail_on_errors=True))
    content: bytes = document.write_pdf(stylesheets=[stylesheet], pdf_variant="pdf/ua-1")
    return content
