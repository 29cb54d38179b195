"""The measured route in front of everything that a tenant's host answers."""

from django.urls import path

from bench.routing.request_view import Measured
from config import urls_tenant

urlpatterns = [path("v1/bench/request", Measured.as_view()), *urls_tenant.urlpatterns]
handler400 = urls_tenant.handler400
handler403 = urls_tenant.handler403
handler404 = urls_tenant.handler404
handler500 = urls_tenant.handler500
