"""Pages of every host."""

from django.urls import path

from console.views import account, api_keys, audit, developers, domains, entrance, overview, people, roles

urlpatterns = [
    path("", overview.Overview.as_view(), name="console.overview"),
    path("sign-in", entrance.SignIn.as_view(), name="console.sign-in"),
    path("sign-out", entrance.SignOut.as_view(), name="console.sign-out"),
    path("invitation/<str:token>", entrance.Invitation.as_view(), name="console.invitation"),
    path("account", account.Account.as_view(), name="console.account"),
    path("people/", people.People.as_view(), name="console.people"),
    path("people/new", people.NewPerson.as_view(), name="console.person-new"),
    path("people/<str:person_id>", people.Person.as_view(), name="console.person"),
    path("people/<str:person_id>/invitation", people.PersonInvitation.as_view(), name="console.person-invitation"),
    path("people/<str:person_id>/suspension", people.PersonSuspension.as_view(), name="console.person-suspend"),
    path("people/<str:person_id>/resumption", people.PersonResumption.as_view(), name="console.person-resume"),
    path("people/<str:person_id>/deactivation", people.PersonDeactivation.as_view(), name="console.person-deactivate"),
    path("roles/", roles.Roles.as_view(), name="console.roles"),
    path("roles/new", roles.NewRole.as_view(), name="console.role-new"),
    path("roles/<str:role_id>", roles.Role.as_view(), name="console.role"),
    path("roles/<str:role_id>/deletion", roles.RoleDeletion.as_view(), name="console.role-delete"),
    path("api-keys/", api_keys.ApiKeys.as_view(), name="console.api-keys"),
    path("api-keys/new", api_keys.NewApiKey.as_view(), name="console.api-key-new"),
    path("api-keys/<str:key_id>", api_keys.ApiKey.as_view(), name="console.api-key"),
    path("api-keys/<str:key_id>/revocation", api_keys.ApiKeyRevocation.as_view(), name="console.api-key-revoke"),
    path("audit/", audit.Trail.as_view(), name="console.audit"),
    path("audit/verification", audit.ChainVerification.as_view(), name="console.audit-verify"),
    path("audit/<str:entry_id>", audit.Entry.as_view(), name="console.audit-entry"),
    path("domains/", domains.OwnDomains.as_view(), name="console.own-domains"),
    path("domains/<str:domain_id>", domains.OwnDomain.as_view(), name="console.own-domain"),
    path("domains/<str:domain_id>/verification", domains.OwnVerification.as_view(), name="console.own-domain-verify"),
    path("domains/<str:domain_id>/primary", domains.OwnAct.as_view(act="primary"), name="console.own-domain-primary"),
    path("domains/<str:domain_id>/redirect", domains.OwnAct.as_view(act="redirect"), name="console.own-domain-redirect"),
    path("domains/<str:domain_id>/answer", domains.OwnAct.as_view(act="answer"), name="console.own-domain-answer"),
    path("domains/<str:domain_id>/release", domains.OwnRelease.as_view(), name="console.own-domain-release"),
    path("developers/", developers.Reference.as_view(), name="console.developers"),
    path("developers/try/", developers.Try.as_view(), name="console.try"),
]
