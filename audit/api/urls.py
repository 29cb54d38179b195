"""Paths."""

from django.urls import path

from audit.api import views

urlpatterns = [
    path("audit/entries", views.Entries.as_view(), name="api-audit-entries"),
    path("audit/entries/<str:entry_id>", views.OneEntry.as_view(), name="api-audit-entry"),
    path("audit/chain", views.Chain.as_view(), name="api-audit-chain"),
    path("audit/verification", views.Verification.as_view(), name="api-audit-verification"),
]
