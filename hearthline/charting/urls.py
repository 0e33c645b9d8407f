from django.urls import URLPattern, URLResolver

app_name = "charting"
urlpatterns: list[URLPattern | URLResolver] = []
