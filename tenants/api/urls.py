"""What every host answers about its own tenant, below /v1/."""

from django.urls import path

from tenants.api.views import tenants

urlpatterns = [path("tenant", tenants.CurrentTenant.as_view(), name="current-tenant")]
