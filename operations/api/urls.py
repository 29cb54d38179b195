"""Paths."""

from django.urls import path

from operations.api import views

urlpatterns = [
    path("operations", views.Operations.as_view(), name="api-operations"),
    path("operations/<str:operation_id>", views.OneOperation.as_view(), name="api-operation"),
    path("operations/<str:operation_id>/cancellation", views.Cancellation.as_view(), name="api-operation-cancellation"),
    path("operations/<str:operation_id>/resumption", views.Resumption.as_view(), name="api-operation-resumption"),
]
