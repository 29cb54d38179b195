"""Paths."""

from django.urls import path

from identity.api import views

urlpatterns = [
    path("me", views.Me.as_view(), name="api-me"),
    path("people", views.People.as_view(), name="api-people"),
    path("people/<str:person_id>", views.OnePerson.as_view(), name="api-person"),
    path("people/<str:person_id>/suspension", views.Suspension.as_view(), name="api-person-suspension"),
    path("people/<str:person_id>/deactivation", views.Deactivation.as_view(), name="api-person-deactivation"),
    path("people/<str:person_id>/invitation", views.RenewedInvitation.as_view(), name="api-person-invitation"),
    path("people/<str:person_id>/sessions", views.Sessions.as_view(), name="api-person-sessions"),
    path("roles", views.Roles.as_view(), name="api-roles"),
    path("roles/<str:role_id>", views.OneRole.as_view(), name="api-role"),
    path("api-keys", views.ApiKeys.as_view(), name="api-keys"),
    path("api-keys/<str:key_id>", views.OneApiKey.as_view(), name="api-key"),
    path("api-keys/<str:key_id>/revocation", views.Revocation.as_view(), name="api-key-revocation"),
]
