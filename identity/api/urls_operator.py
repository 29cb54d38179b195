"""Paths of the operator's host alone, below /v1/; they stand before those of every host."""

from django.urls import path

from identity.api import views

urlpatterns = [path("support/visits", views.OperatorsVisits.as_view(), name="api-operators-visits")]
