"""API keys: list, make, show once, change, replace, revoke."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from audit import queries as audit
from audit.permissions import Permission as AuditPermission
from console import forms, identifiers
from console.views.base import ACTIVITY_SHOWN, Confirm, FormPage, Page
from identity import actions, queries
from identity.permissions import Permission

CRUMBS = (("API keys", "console.api-keys"),)
READ, WRITE = Permission.READ_KEYS, Permission.WRITE_KEYS
OWNERS_OFFERED = 200


def found(key_id: str) -> Any:
    """The key of an address. Raises KeyNotFound."""
    return queries.api_key(identifiers.read("key", key_id))


class ApiKeys(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/api_keys/list.html"
    title = "API keys"

    def get(self) -> HttpResponse:
        """One page of keys."""
        form = forms.ApiKeysQuery(self.request.GET)
        filters = form.filters()
        owner = filters["owner"]
        owner_id = identifiers.read(owner[:3], owner) if owner else None
        keys = queries.api_keys(q=filters["q"], state=filters["state"], owner_kind=filters["owner_kind"], owner_id=owner_id)
        page = self.listed(keys, filters=filters)
        context = {"page": page, "filters": filters, "states": form.STATES, "owners": form.OWNERS}
        return self.page(context | {"may_write": self.may(WRITE)})


class NewApiKey(Page):
    """Making a key."""

    access = {"GET": WRITE, "POST": WRITE}
    template = "console/pages/api_keys/new.html"
    title = "New API key"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.page({"form": forms.NewApiKey(owners=self._owners())})

    def post(self) -> HttpResponse:
        """Make the key and show it this once."""
        form = forms.NewApiKey(self.request.POST, owners=self._owners())
        with self.refusals(form):
            values = form.values()
            terms = actions.KeyTerms(values["kind"] or "live", networks=form.wanted_networks(), rate_per_s=form.wanted_rate())
            whose = {"service_account_id": identifiers.read("svc", values["owner"])} if values["owner"] else {}
            days = values["expires_in_days"]
            created = actions.create_api_key(
                values["name"], scopes=form.wanted_scopes(), expires_in_days=days, **whose, terms=terms, actor=self.actor
            )
            return shown_once(self, created)
        return self.page({"form": form}, status=form.answer_status)

    def _owners(self) -> list[tuple[str, str]]:
        """The service accounts that keys can be made for, where the person may see them."""
        if not self.may(Permission.READ_SERVICE_ACCOUNTS):
            return []
        accounts = queries.service_accounts(status="active").order_by("name")[:OWNERS_OFFERED]
        return [(account.public_id, f"{account.label} ({account.name})") for account in accounts]


class ApiKey(Page):
    """One key."""

    access = {"GET": READ}
    template = "console/pages/api_keys/detail.html"
    crumbs = CRUMBS

    def get(self, key_id: str) -> HttpResponse:
        """The key, its scopes and limits, what it changed last, and which key it replaced or was replaced by."""
        key = found(key_id)
        context = {
            "title": key.name,
            "key": key,
            "may_write": self.may(WRITE),
            "replacement": queries.replacements_of([key]).get(key.id),
        }
        context["may_change"] = context["may_write"] and key.state == "active" and key.overlap_until is None
        context["may_replace"] = context["may_change"] and queries.may_be_told_secret_of(key, actor=self.actor)
        if self.may(AuditPermission.READ_ENTRIES):
            context["entries"] = audit.entries(actor_id=key.public_id).order_by("-id")[:ACTIVITY_SHOWN]
        return self.page(context)


class ApiKeyChange(Page):
    """Another name, other scopes, other limits."""

    access = {"GET": WRITE, "POST": WRITE}
    template = "console/pages/api_keys/change.html"
    crumbs = CRUMBS

    def get(self, key_id: str) -> HttpResponse:
        """The form with what is so now."""
        key = found(key_id)
        now = {"name": key.name, "networks": "\n".join(key.networks), "rate_per_s": key.rate_per_s, "version": key.version}
        form = forms.ChangedApiKey(initial=now | {"requires_signature": key.requires_signature}, given=key.scopes)
        return self._page(key_id, form)

    def post(self, key_id: str) -> HttpResponse:
        """Change it."""
        form = forms.ChangedApiKey(self.request.POST, given=found(key_id).scopes)
        with self.refusals(form):
            values = form.values()
            limits = actions.KeyLimits(form.wanted_networks(), form.wanted_rate(), values["requires_signature"])
            told = {"name": values["name"], "scopes": form.wanted_scopes(), "expected_version": values["version"]}
            actions.change_api_key(identifiers.read("key", key_id), **told, limits=limits, actor=self.actor)
            return self.done("Changed. It counts from the key's next call on.", to="console.api-key", at=key_id)
        return self._page(key_id, form)

    def _page(self, key_id: str, form: forms.ChangedApiKey) -> HttpResponse:
        key = found(key_id)
        return self.page({"form": form, "key": key, "title": f"Change {key.name}"}, status=form.answer_status)


class ApiKeyRotation(Confirm):
    """A new secret for a program, without a moment in which it has none."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Make the new key"
    tone = "primary"

    def get(self, key_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(key_id, forms.KeyRotation())

    def post(self, key_id: str) -> HttpResponse:
        """Make the new key and show it this once."""
        form = forms.KeyRotation(self.request.POST)
        with self.refusals(form):
            hours = form.values()["overlap_hours"]
            created = actions.rotate_api_key(identifiers.read("key", key_id), overlap_hours=hours, actor=self.actor)
            return shown_once(self, created)
        return self._page(key_id, form)

    def _page(self, key_id: str, form: forms.KeyRotation) -> HttpResponse:
        effects = [
            "A new key with the same scopes and limits is made, and shown once.",
            "The present key works on for the time below; put the new one into the program before that.",
            "After that the present key is refused for good.",
            "Signing keys that work sign for the new key from now on.",
        ]
        back = reverse("console.api-key", args=[key_id])
        return self.confirm(form, title=f"Replace {found(key_id).name}?", consequences=effects, back=back)


class ApiKeyRevocation(Confirm):
    """The end of a key."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Revoke"

    def get(self, key_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(key_id, forms.Reason())

    def post(self, key_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            actions.revoke_api_key(identifiers.read("key", key_id), reason=form.values()["reason"], actor=self.actor)
            return self.done("Revoked. The next call with this key is refused.", to="console.api-key", at=key_id)
        return self._page(key_id, form)

    def _page(self, key_id: str, form: forms.Reason) -> HttpResponse:
        effects = [
            "The next call with this key is refused.",
            "Programs that use it stop working until they get another key.",
            "A revoked key can never be used again.",
        ]
        back = reverse("console.api-key", args=[key_id])
        return self.confirm(form, title=f"Revoke {found(key_id).name}?", consequences=effects, back=back)


class LeakedKeys(FormPage):
    """Keys that were found where they should not be."""

    access = {"GET": WRITE, "POST": WRITE}
    title = "Report leaked keys"
    crumbs = CRUMBS
    verb = "Revoke them"
    lead = "Paste what was found. Every key of this tenant among it is revoked at once, and its owner is told."

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.form(forms.LeakedTexts(), back=reverse("console.api-keys"))

    def post(self) -> HttpResponse:
        """Revoke them."""
        form = forms.LeakedTexts(self.request.POST)
        with self.refusals(form):
            values = form.values()
            leaks = [actions.Leak(text=text, found_at=values["found_at"]) for text in values["texts"].split()]
            actions.report_leaked_keys(leaks, actor=self.actor)
            return self.done("Read. Every key of this tenant among it is revoked now.", to="console.api-keys")
        return self.form(form, back=reverse("console.api-keys"))


def shown_once(page: Page, created: actions.Created) -> HttpResponse:
    """The page with a new key's secret."""
    context = {"title": "Your new key", "key": created.key, "secret": created.secret}
    return page.secret(context, template="console/pages/api_keys/created.html")
