"""The measured routes of every peer."""

from django.urls import path

from bench.routing import views

urlpatterns = [
    path("bench/none", views.no_query),
    path("bench/one", views.one_query),
    path("bench/ten", views.ten_queries),
]
