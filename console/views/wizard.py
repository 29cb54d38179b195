"""Making a tenant in three steps, each with its own address; what was typed is kept in a signed cookie until the last one."""

from typing import Any, ClassVar

from django.conf import settings
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console import forms
from console.forms import Form
from console.views.base import Page
from tenants import actions, queries
from tenants.permissions import Permission

COOKIE = "freehold_tenant_draft"
PATH = "/tenants/new"
LIFE_S = 3600
STEPS = (("Name", "console.tenant-new"), ("Owner and place", "console.tenant-new-owner"), ("Review", "console.tenant-new-review"))


class Step(Page):
    """One step: reads and keeps the draft, and knows the steps around it."""

    access = {"GET": Permission.WRITE_TENANTS, "POST": Permission.WRITE_TENANTS}
    template = "console/pages/tenants/new.html"
    title = "New tenant"
    crumbs = (("Tenants", "console.tenants"),)
    number: ClassVar[int] = 0

    def draft(self) -> dict[str, str]:
        """What was typed so far by this person; empty when there is none, or it is too old or not ours."""
        try:
            kept: dict[str, str] = signing.loads(self.request.COOKIES.get(COOKIE, ""), salt=self._salt(), max_age=LIFE_S)
        except signing.BadSignature:
            return {}
        return kept

    def step(self, form: Form, *, review: dict[str, Any] | None = None) -> HttpResponse:
        """The step's page."""
        steps = [
            {"label": label, "done": place < self.number, "current": place == self.number} for place, (label, _) in enumerate(STEPS)
        ]
        previous = reverse(STEPS[self.number - 1][1]) if self.number else ""
        context = {"form": form, "steps": steps, "previous": previous, "review": review}
        return self.page(context, status=form.answer_status)

    def keep(self, typed: dict[str, str]) -> HttpResponse:
        """Keep what was typed and go to the next step."""
        response = HttpResponseRedirect(reverse(STEPS[self.number + 1][1]))
        text = signing.dumps({**self.draft(), **typed}, salt=self._salt())
        response.set_cookie(COOKIE, text, max_age=LIFE_S, path=PATH, httponly=True, samesite="Lax", secure=settings.HTTPS)
        return response

    def _salt(self) -> str:
        return f"{COOKIE}:{self.actor.id}"


class Names(Step):
    """Step 1."""

    number = 0

    def get(self) -> HttpResponse:
        """The form, with what was typed before."""
        return self.step(forms.TenantNames(initial=self.draft()))

    def post(self) -> HttpResponse:
        """Keep it."""
        form = forms.TenantNames(self.request.POST)
        with self.refusals(form):
            return self.keep(form.values())
        return self.step(form)


class Owner(Step):
    """Step 2."""

    number = 1

    def get(self) -> HttpResponse:
        """The form, with what was typed before."""
        return self.step(forms.TenantOwner(**_choices(), initial=self.draft()))

    def post(self) -> HttpResponse:
        """Keep it."""
        form = forms.TenantOwner(self.request.POST, **_choices())
        with self.refusals(form):
            return self.keep(form.values())
        return self.step(form)


class Review(Step):
    """Step 3: nothing was made before it."""

    number = 2

    def get(self) -> HttpResponse:
        """What will be made; a draft that lacks a step leads back to the first."""
        draft = self.draft()
        if not {"name", "slug", "owner_name", "owner_email"} <= draft.keys():
            return HttpResponseRedirect(reverse(STEPS[0][1]))
        return self.step(forms.Confirmation(), review=_summary(draft))

    def post(self) -> HttpResponse:
        """Make it; go to where its progress is shown."""
        form, draft = forms.Confirmation(self.request.POST), self.draft()
        with self.refusals(form):
            requested = actions.create_tenant(draft.get("slug", ""), **_asked(draft), actor=self.actor)
            response = self.done(_told(requested.tenant), to="console.operation", at=requested.operation.public_id)
            response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
            return response
        return self.step(form, review=_summary(draft))


def _asked(draft: dict[str, str]) -> dict[str, Any]:
    """The draft as the action's arguments, without the slug."""
    words = {name: draft.get(name, "") for name in ("name", "owner_email", "owner_name")}
    terms = actions.Terms(plan=draft.get("plan", ""), residency=draft.get("residency", ""))
    return {**words, "terms": terms, "cell": draft.get("cell") or None}


def _choices() -> dict[str, list[tuple[str, str]]]:
    """The cells that take another tenant, the plans and the jurisdictions, as the form offers them."""
    cells = [(cell.name, f"{cell.name} · {cell.region_id}") for cell in queries.roomy_cells()]
    laws = sorted(set(queries.regions().values_list("jurisdiction", flat=True)))
    plans = [(plan.code, plan.label) for plan in queries.plans()]
    return {"cells": cells, "plans": plans, "jurisdictions": [(law, law) for law in laws]}


def _summary(draft: dict[str, str]) -> dict[str, str]:
    owner = f"{draft.get('owner_name', '')} <{draft.get('owner_email', '')}>"
    address = f"{draft.get('slug', '')}.{settings.TENANT_DOMAIN_SUFFIX}"
    return {
        "Name": draft.get("name", ""),
        "Slug": draft.get("slug", ""),
        "Address": address,
        "Owner": owner,
        "Plan": draft.get("plan") or "none",
        "Data must stay in": draft.get("residency") or "anywhere",
        "Cell": draft.get("cell") or "the emptiest that fits",
    }


def _told(tenant: Any) -> str:
    return f"{tenant.name} is open." if tenant.state == "active" else f"{tenant.name} is being made."
