"""What the operator's host answers: everything that a tenant's does, for tenant zero, and the tenants themselves."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include("tenants.api.urls_operator")),
    path("v1/", include("identity.api.urls_operator")),
    path("v1/", include("config.urls_api")),
    path("", include("console.urls_operator")),
    path("", include("console.urls")),
]

handler400 = "kernel.api.errors.bad_request"
handler403 = "kernel.api.errors.permission_denied"
handler404 = "kernel.api.errors.page_not_found"
handler500 = "kernel.api.errors.server_error"
