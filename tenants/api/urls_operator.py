"""What the operator's host alone answers about all tenants, below /v1/."""

from django.urls import path

from tenants.api.views import cells, domains, tenants

urlpatterns = [
    path("tenants", tenants.Tenants.as_view(), name="tenants"),
    path("tenants/<str:tenant>", tenants.OneTenant.as_view(), name="tenant"),
    path("tenants/<str:tenant>/suspension", tenants.Suspension.as_view(), name="tenant-suspension"),
    path("tenants/<str:tenant>/domains", domains.Domains.as_view(), name="tenant-domains"),
    path("tenants/<str:tenant>/domains/<str:domain>", domains.OneDomain.as_view(), name="tenant-domain"),
    path("cells", cells.Cells.as_view(), name="cells"),
]
