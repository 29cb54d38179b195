"""Hosts: the operator's view of a tenant's, and each tenant's own. The same pages, at two addresses."""

from abc import abstractmethod
from typing import Any, ClassVar

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console import forms, identifiers
from console.views.base import Confirm, Page
from console.views.tenants import TenantPage
from kernel import tenancy
from kernel.problems import Problem
from tenants import actions, documents, queries
from tenants.permissions import Permission
from tenants.problems import DomainNotFound

OPERATORS = {"GET": Permission.READ_DOMAINS, "POST": Permission.WRITE_DOMAINS}
OWN = {"GET": Permission.READ_OWN_DOMAINS, "POST": Permission.WRITE_OWN_DOMAINS}
ACTS = {
    "primary": (actions.make_primary, "It is the primary host now."),
    "redirect": (actions.start_redirect, "It sends people on to the primary host."),
    "answer": (actions.stop_redirect, "It answers by itself again."),
}


class Hosts(Page):
    """What all pages about hosts share: whose they are, and where their pages lie. `stem` begins their URL names."""

    stem: ClassVar[str] = "console.own-domain"

    def owner(self, tenant_id: str) -> Any:
        """The tenant whose hosts these are."""
        return queries.tenant_named(tenant_id) if tenant_id else queries.tenant(tenancy.current().id)

    def domain(self, domain_id: str, tenant_id: str) -> Any:
        """One host of that tenant. Raises DomainNotFound."""
        found = queries.domain(identifiers.read("dom", domain_id))
        if found.tenant_id != self.owner(tenant_id).id:
            raise DomainNotFound("This tenant has no such domain. Look at its list of domains.")
        return found

    def at(self, name: str, *ids: str) -> str:
        """The address of one of these pages; an empty id is left out."""
        return reverse(f"{self.stem}{name}", args=[part for part in ids if part])

    def back_to(self, domain_id: str, tenant_id: str) -> HttpResponse:
        """To the host's page."""
        return HttpResponseRedirect(self.at("", tenant_id, domain_id))

    def listing(self, owner: Any, tenant_id: str, form: forms.NewDomain) -> dict[str, Any]:
        """One page of the tenant's hosts, and the form that claims another."""
        filters = forms.DomainsQuery(self.request.GET).filters()
        page = self.listed(queries.domains(owner.id, q=filters["q"], state=filters["state"]), filters=filters)
        rows = [{"domain": row, "url": self.at("", tenant_id, row.public_id)} for row in page.items]
        context = {"page": page, "rows": rows, "filters": filters, "states": forms.DomainsQuery.STATES, "form": form}
        return context | {"may_write": self.may(str(self.access["POST"]))}

    def claim(self, owner: Any, tenant_id: str, form: forms.NewDomain) -> HttpResponse | None:
        """Claim the host that was typed, and go to its records; None where it was refused."""
        with self.refusals(form):
            claimed = actions.claim_domain(owner.id, host=form.values()["host"], actor=self.actor)
            return self.back_to(claimed.public_id, tenant_id)
        return None


class OwnDomains(Hosts):
    """The hosts of the tenant of this address; a POST claims one."""

    access = OWN
    template = "console/pages/domains/list.html"
    title = "Domains"

    def get(self) -> HttpResponse:
        """The list."""
        return self.page(self.listing(self.owner(""), "", forms.NewDomain()))

    def post(self) -> HttpResponse:
        """Claim a host."""
        form = forms.NewDomain(self.request.POST)
        owner = self.owner("")
        return self.claim(owner, "", form) or self.page(self.listing(owner, "", form), status=form.answer_status)


class TenantDomains(Hosts, TenantPage):
    """The same as a tab of a tenant, for the operator."""

    access = OPERATORS
    template = "console/pages/tenants/domains.html"
    tab = "console.tenant-domains"
    stem = "console.tenant-domain"

    def get(self, tenant_id: str) -> HttpResponse:
        """The list."""
        owner = self.owner(tenant_id)
        return self.of(owner, self.listing(owner, tenant_id, forms.NewDomain()))

    def post(self, tenant_id: str) -> HttpResponse:
        """Claim a host for the tenant."""
        form = forms.NewDomain(self.request.POST)
        owner = self.owner(tenant_id)
        return self.claim(owner, tenant_id, form) or self.of(owner, self.listing(owner, tenant_id, form), status=form.answer_status)


class OwnDomain(Hosts):
    """One host: its records, what DNS says, what can be done. Asked for again every few seconds until it answers."""

    access: ClassVar[dict[str, Any]] = {"GET": OWN["GET"]}
    template = "console/pages/domains/detail.html"
    crumbs = (("Domains", "console.own-domains"),)

    def get(self, domain_id: str, tenant_id: str = "") -> HttpResponse:
        """The page."""
        domain = self.domain(domain_id, tenant_id)
        names = ("-verify", "-primary", "-redirect", "-answer", "-release", *self.further())
        urls = {name[1:]: self.at(name, tenant_id, domain_id) for name in names}
        context = {"title": domain.host, "domain": domain, "told": documents.of_domain(domain), "urls": urls}
        context |= {"may_write": self.may(self.writing()), "waits": domain.state == "claimed", "is_custom": domain.kind == "custom"}
        return self.page(context)

    def writing(self) -> str:
        """What one must be allowed to change a host."""
        return OWN["POST"]

    def further(self) -> tuple[str, ...]:
        """The acts that only the operator has."""
        return ()


class TenantDomain(OwnDomain):
    """The same for the operator."""

    access: ClassVar[dict[str, Any]] = {"GET": OPERATORS["GET"]}
    stem = "console.tenant-domain"
    crumbs = (("Tenants", "console.tenants"),)

    def writing(self) -> str:
        """As above."""
        return OPERATORS["POST"]

    def further(self) -> tuple[str, ...]:
        """Trusting a host, and ending its quarantine."""
        return ("-trust", "-free")


class OwnVerification(Hosts):
    """A look at DNS, now."""

    access: ClassVar[dict[str, Any]] = {"POST": OWN["POST"]}

    def post(self, domain_id: str, tenant_id: str = "") -> HttpResponse:
        """Look, and say what came of it; what was found stands on the host's page."""
        domain = self.domain(domain_id, tenant_id)
        try:
            actions.verify_domain(domain.id, actor=self.actor)
        except Problem as refused:
            if refused.status == 403:
                raise
            return self.warned(refused.detail, to=self.at("", tenant_id, domain_id))
        return self.told("Proven: the tenant answers at this host.", to=self.at("", tenant_id, domain_id))


class TenantVerification(OwnVerification):
    """The same for the operator."""

    access: ClassVar[dict[str, Any]] = {"POST": OPERATORS["POST"]}
    stem = "console.tenant-domain"


class OwnAct(Hosts):
    """Making a host the primary one, or letting it redirect; which, the address says."""

    access: ClassVar[dict[str, Any]] = {"POST": OWN["POST"]}
    act = "primary"

    def post(self, domain_id: str, tenant_id: str = "") -> HttpResponse:
        """Do it."""
        action, words = ACTS[self.act]
        action(self.domain(domain_id, tenant_id).id, actor=self.actor)
        return self.told(words, to=self.at("", tenant_id, domain_id))


class TenantAct(OwnAct):
    """The same for the operator."""

    access: ClassVar[dict[str, Any]] = {"POST": OPERATORS["POST"]}
    stem = "console.tenant-domain"


class OwnRelease(Hosts, Confirm):
    """Giving a host back."""

    access = OWN | {"GET": OWN["POST"]}
    verb = "Give it back"
    crumbs = (("Domains", "console.own-domains"),)

    def get(self, domain_id: str, tenant_id: str = "") -> HttpResponse:
        """What will happen."""
        return self._page(domain_id, tenant_id, forms.Confirmation())

    def post(self, domain_id: str, tenant_id: str = "") -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.release_domain(self.domain(domain_id, tenant_id).id, actor=self.actor)
            return self.told("The host is given back.", to=self.at("s", tenant_id))
        return self._page(domain_id, tenant_id, form)

    def _page(self, domain_id: str, tenant_id: str, form: forms.Confirmation) -> HttpResponse:
        domain = self.domain(domain_id, tenant_id)
        effects = ["The claim is forgotten."]
        if domain.is_answering:
            effects = [
                f"{domain.host} answers “no tenant here” from the next request on.",
                "The tenant stays reachable at its other addresses.",
                "Nobody else gets the host for 30 days. Delete its DNS records first, so that they lead nowhere.",
            ]
        back = self.at("", tenant_id, domain_id)
        return self.confirm(form, title=f"Give back {domain.host}?", consequences=effects, back=back)


class TenantRelease(OwnRelease):
    """The same for the operator."""

    access = OPERATORS | {"GET": OPERATORS["POST"]}
    stem = "console.tenant-domain"
    crumbs = (("Tenants", "console.tenants"),)


class OperatorsWord(Hosts, Confirm):
    """What the operator does with a host on their own word: a reason is asked for, and it stands in both trails."""

    stem = "console.tenant-domain"
    crumbs = (("Tenants", "console.tenants"),)

    def get(self, domain_id: str, tenant_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(domain_id, tenant_id, forms.Reason())

    def post(self, domain_id: str, tenant_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            return self.carry_out(self.domain(domain_id, tenant_id), reason=form.values()["reason"], tenant_id=tenant_id)
        return self._page(domain_id, tenant_id, form)

    @abstractmethod
    def carry_out(self, domain: Any, *, reason: str, tenant_id: str) -> HttpResponse:
        """Do it, and go on."""

    @abstractmethod
    def effects(self, host: str) -> list[str]:
        """What will happen, in sentences."""

    def _page(self, domain_id: str, tenant_id: str, form: forms.Reason) -> HttpResponse:
        host = self.domain(domain_id, tenant_id).host
        back = self.at("", tenant_id, domain_id)
        return self.confirm(form, title=f"{self.title} {host}?", consequences=self.effects(host), back=back)


class Trust(OperatorsWord):
    """Letting a claimed host answer on the operator's word."""

    access = OPERATORS | {"GET": OPERATORS["POST"]}
    title = "Trust"
    verb = "Trust it"

    def carry_out(self, domain: Any, *, reason: str, tenant_id: str) -> HttpResponse:
        """Let the tenant answer there."""
        actions.trust_domain(domain.id, reason=reason, actor=self.actor)
        return self.told("The tenant answers at this host.", to=self.at("", tenant_id, domain.public_id))

    def effects(self, host: str) -> list[str]:
        """It answers, and nobody asks DNS."""
        return [f"The tenant answers at {host} at once.", "DNS is not asked, now or later. Your reason stands in both trails."]


class Freeing(OperatorsWord):
    """Ending a host's quarantine before its time."""

    access = OPERATORS | {"GET": OPERATORS["POST"]}
    title = "Free"
    verb = "End the quarantine"

    def carry_out(self, domain: Any, *, reason: str, tenant_id: str) -> HttpResponse:
        """Let everybody claim it."""
        actions.end_quarantine(domain.id, reason=reason, actor=self.actor)
        return self.told("Everybody can claim the host again.", to=self.at("s", tenant_id))

    def effects(self, host: str) -> list[str]:
        """It is anybody's to claim."""
        return [f"Every tenant can claim {host} again, and prove that it is theirs."]
