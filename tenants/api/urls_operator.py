"""What the operator's host alone answers about all tenants, below /v1/."""

from django.urls import path

from tenants.api import views

urlpatterns = [
    path("tenants", views.Tenants.as_view(), name="tenants"),
    path("tenants/<str:tenant>", views.OneTenant.as_view(), name="tenant"),
    path("tenants/<str:tenant>/suspension", views.Suspension.as_view(), name="tenant-suspension"),
    path("tenants/<str:tenant>/domains", views.Domains.as_view(), name="tenant-domains"),
    path("tenants/<str:tenant>/domains/<str:domain>", views.OneDomain.as_view(), name="tenant-domain"),
    path("cells", views.Cells.as_view(), name="cells"),
]
