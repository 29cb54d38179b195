"""What every host answers about its own tenant, below /v1/."""

from django.urls import path

from tenants.api import views

urlpatterns = [path("tenant", views.CurrentTenant.as_view(), name="current-tenant")]
