"""What every host answers about its own tenant, below /v1/."""

from django.urls import path

from tenants.api.views import own_domains, tenants

urlpatterns = [
    path("tenant", tenants.CurrentTenant.as_view(), name="current-tenant"),
    path("domains", own_domains.OwnDomains.as_view(), name="own-domains"),
    path("domains/<str:domain_id>", own_domains.OneOwnDomain.as_view(), name="own-domain"),
    path("domains/<str:domain_id>/verification", own_domains.OwnVerification.as_view(), name="own-domain-verification"),
    path("domains/<str:domain_id>/check", own_domains.OwnCheck.as_view(), name="own-domain-check"),
    path("domains/<str:domain_id>/primary", own_domains.OwnPrimary.as_view(), name="own-domain-primary"),
    path("domains/<str:domain_id>/redirect", own_domains.OwnRedirect.as_view(), name="own-domain-redirect"),
]
