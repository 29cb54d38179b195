"""REST v1, as every host answers it."""

from django.urls import URLPattern, URLResolver, include, path

from config.openapi import Document

urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", Document.as_view(), name="openapi"),
    path("", include("tenants.api.urls")),
    path("", include("identity.api.urls")),
    path("", include("operations.api.urls")),
    path("", include("audit.api.urls")),
]
