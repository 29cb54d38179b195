"""Keys that sign requests for an API key: list, make, show once, replace, revoke."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers
from console.views.base import Confirm, FormPage, Page
from identity import actions, queries
from identity.permissions import Permission

CRUMBS = (("API keys", "console.api-keys"),)
CREATED = "console/pages/signing_keys/created.html"


class SigningKeys(Page):
    """The list of one API key."""

    access = {"GET": Permission.READ_KEYS}
    template = "console/pages/signing_keys/list.html"
    title = "Signing keys"
    crumbs = CRUMBS

    def get(self, key_id: str) -> HttpResponse:
        """One page of signing keys."""
        key = queries.api_key(_key_id(key_id))
        filters = forms.SigningKeysQuery(self.request.GET).filters()
        page = self.listed(queries.signing_keys(key.id, q=filters["q"], state=filters["state"]), filters=filters)
        may_write = self.may(Permission.WRITE_KEYS)
        shown = {"page": page, "filters": filters, "states": forms.SigningKeysQuery.STATES, "may_write": may_write}
        is_working = key.state == "active" and key.overlap_until is None
        may_make = may_write and is_working and queries.may_be_told_secret_of(key, actor=self.actor)
        shown |= {"key": key, "crumbs": self.above(key.name, url=reverse("console.api-key", args=[key_id])), "may_make": may_make}
        return self.page(shown)


class NewSigningKey(FormPage):
    """Making one."""

    access = {"GET": Permission.WRITE_KEYS, "POST": Permission.WRITE_KEYS}
    crumbs = CRUMBS
    title = "New signing key"
    lead = "Whoever signs with it acts as the API key."
    verb = "Create the key"

    def get(self, key_id: str) -> HttpResponse:
        """The empty form."""
        queries.api_key(_key_id(key_id))
        return self.form(forms.NewSigningKey(), back=_list(key_id))

    def post(self, key_id: str) -> HttpResponse:
        """Make the key; its secret is shown this once."""
        key, form = queries.api_key(_key_id(key_id)), forms.NewSigningKey(self.request.POST)
        with self.refusals(form):
            created = actions.create_signing_key(key.id, **form.values(), actor=self.actor)
            return self.secret(_made(key_id, created), template=CREATED)
        return self.form(form, back=_list(key_id))


class SigningKeyRotation(FormPage):
    """Replacing one."""

    access = {"GET": Permission.WRITE_KEYS, "POST": Permission.WRITE_KEYS}
    crumbs = CRUMBS
    verb = "Make its successor"
    lead = "The new key has the same name, algorithm and length of life."

    def get(self, key_id: str, signing_key_id: str) -> HttpResponse:
        """The form."""
        return self._page(key_id, signing_key_id, forms.SigningKeyRotation())

    def post(self, key_id: str, signing_key_id: str) -> HttpResponse:
        """Make the successor; its secret is shown this once."""
        form = forms.SigningKeyRotation(self.request.POST)
        with self.refusals(form):
            created = actions.rotate_signing_key(
                _key_id(key_id), signing_key_id=identifiers.read("sig", signing_key_id), **form.values(), actor=self.actor
            )
            return self.secret(_made(key_id, created), template=CREATED)
        return self._page(key_id, signing_key_id, form)

    def _page(self, key_id: str, signing_key_id: str, form: forms.Form) -> HttpResponse:
        key = queries.signing_key(_key_id(key_id), identifiers.read("sig", signing_key_id))
        return self.form(form, back=_list(key_id), title=f"Replace {key.name}")


class SigningKeyRevocation(Confirm):
    """The end of one."""

    access = {"GET": Permission.WRITE_KEYS, "POST": Permission.WRITE_KEYS}
    crumbs = CRUMBS
    verb = "Revoke"

    def get(self, key_id: str, signing_key_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(key_id, signing_key_id, forms.Reason())

    def post(self, key_id: str, signing_key_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            identifier = identifiers.read("sig", signing_key_id)
            actions.revoke_signing_key(_key_id(key_id), signing_key_id=identifier, reason=form.values()["reason"], actor=self.actor)
            return self.done("Revoked. What it signs is refused from now on.", to="console.signing-keys", at=key_id)
        return self._page(key_id, signing_key_id, form)

    def _page(self, key_id: str, signing_key_id: str, form: forms.Form) -> HttpResponse:
        key = queries.signing_key(_key_id(key_id), identifiers.read("sig", signing_key_id))
        effects = [
            "The next request that is signed with it is refused.",
            "The API key itself and its other signing keys go on working.",
            "A revoked signing key can never be used again.",
        ]
        return self.confirm(form, title=f"Revoke {key.name}?", consequences=effects, back=_list(key_id))


def _key_id(text: str) -> UUID:
    return identifiers.read("key", text)


def _list(key_id: str) -> str:
    return reverse("console.signing-keys", args=[key_id])


def _made(key_id: str, created: actions.CreatedSigningKey) -> dict[str, Any]:
    title = "Copy the secret now" if created.secret else "The key can sign now"
    return {"title": title, "signing_key": created.key, "secret": created.secret, "back": _list(key_id)}
