"""API keys: list, make, show once, revoke."""

from django.http import HttpResponse
from django.urls import reverse

from audit import queries as audit
from audit.permissions import Permission as AuditPermission
from console import forms, identifiers
from console.views.base import ACTIVITY_SHOWN, Confirm, Page
from identity import actions, queries
from identity.permissions import Permission

CRUMBS = (("API keys", "console.api-keys"),)


class ApiKeys(Page):
    """The list."""

    access = {"GET": Permission.READ_KEYS}
    template = "console/pages/api_keys/list.html"
    title = "API keys"

    def get(self) -> HttpResponse:
        """One page of keys."""
        filters = forms.ApiKeysQuery(self.request.GET).filters()
        page = self.listed(queries.api_keys(q=filters["q"], state=filters["state"]), filters=filters)
        may_write = self.may(Permission.WRITE_KEYS)
        return self.page({"page": page, "filters": filters, "states": forms.ApiKeysQuery.STATES, "may_write": may_write})


class NewApiKey(Page):
    """Making a key."""

    access = {"GET": Permission.WRITE_KEYS, "POST": Permission.WRITE_KEYS}
    template = "console/pages/api_keys/new.html"
    title = "New API key"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.page({"form": forms.NewApiKey()})

    def post(self) -> HttpResponse:
        """Make the key and show it this once."""
        form = forms.NewApiKey(self.request.POST)
        with self.refusals(form):
            values = form.values()
            created = actions.create_api_key(
                values["name"], scopes=form.wanted_scopes(), expires_in_days=values["expires_in_days"], actor=self.actor
            )
            context = {"title": "Your new key", "key": created.key, "secret": created.secret}
            return self.secret(context, template="console/pages/api_keys/created.html")
        return self.page({"form": form}, status=form.answer_status)


class ApiKey(Page):
    """One key."""

    access = {"GET": Permission.READ_KEYS}
    template = "console/pages/api_keys/detail.html"
    crumbs = CRUMBS

    def get(self, key_id: str) -> HttpResponse:
        """The key, its scopes and what it changed last."""
        key = queries.api_key(identifiers.read("key", key_id))
        context = {"title": key.name, "key": key, "may_write": self.may(Permission.WRITE_KEYS)}
        if self.may(AuditPermission.READ_ENTRIES):
            context["entries"] = audit.entries(actor_id=key.public_id).order_by("-id")[:ACTIVITY_SHOWN]
        return self.page(context)


class ApiKeyRevocation(Confirm):
    """The end of a key."""

    access = {"GET": Permission.WRITE_KEYS, "POST": Permission.WRITE_KEYS}
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
        key = queries.api_key(identifiers.read("key", key_id))
        effects = [
            "The next call with this key is refused.",
            "Programs that use it stop working until they get another key.",
            "A revoked key can never be used again.",
        ]
        return self.confirm(form, title=f"Revoke {key.name}?", consequences=effects, back=reverse("console.api-key", args=[key_id]))
