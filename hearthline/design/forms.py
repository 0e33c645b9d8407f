"""The renderer that gives every form and field the templates of this package."""

from django.forms.renderers import TemplatesSetting


class DesignRenderer(TemplatesSetting):
    """Draw ``{{ form }}`` and ``{{ field.as_field_group }}`` with our templates (``FORM_RENDERER``)."""

    form_template_name = "design/form.html"
    field_template_name = "design/field.html"
