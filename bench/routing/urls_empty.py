"""The one route of the empty view."""

from django.urls import path

from bench.routing.empty_view import Empty

urlpatterns = [path("v1/bench/request", Empty.as_view())]
