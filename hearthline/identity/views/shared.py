"""What the administrators' forms of this package share."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render

from hearthline.identity.policy import HearthlineRequest


def add_errors(form: forms.Form, error: ValidationError) -> None:
    """Put what a service refused beside the fields it is about."""
    known = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, sentences in known.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


def form_page(request: HearthlineRequest, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    """Show a staff page with a form, as 422 when something has to change."""
    values = {"audience": "staff", "form": form, **context}
    return render(request, template, values, status=422 if form.errors else 200)
