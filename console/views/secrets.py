"""The keys that seal the tenant's secrets: how much each seals, and having everything sealed under a new one."""

from django.http import HttpResponse
from django.urls import reverse

from console import forms, security_tabs
from console.views.base import Confirm, Page
from identity import actions, documents, queries
from identity.permissions import Permission

READ, ROTATE = Permission.READ_SECURITY, Permission.ROTATE_SECRETS
CRUMBS = (("Security", "console.security"), ("Secrets", "console.secrets"))


class Secrets(Page):
    """The keys; asked for again every second while a rotation is at work."""

    access = {"GET": READ}
    template = "console/pages/secrets/list.html"
    title = "Secrets"
    crumbs = CRUMBS[:1]

    def get(self) -> HttpResponse:
        """What is sealed, under which keys, and how far the rotation is."""
        form = forms.DataKeysQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.data_keys(q=filters["q"], state=filters["state"]), filters=filters)
        sealed = queries.sealed_by_key()
        rows = [documents.of_data_key(key, sealed=sealed) | {"created": key.created_at} for key in page.items]
        context = {"page": page, "rows": rows, "filters": filters, "states": form.STATES, "told": documents.of_secrets()}
        context |= {"running": queries.running_rotation(), "last": queries.last_rotation(), "may_rotate": self.may(ROTATE)}
        return self.page(context | {"tabs": security_tabs.of(present="console.secrets", actor=self.actor)})


class SecretsRotation(Confirm):
    """Starting a rotation."""

    access = {"GET": ROTATE, "POST": ROTATE}
    crumbs = CRUMBS
    verb = "Seal everything again"
    tone = "primary"

    def get(self) -> HttpResponse:
        """What will happen."""
        return self._page(forms.Confirmation())

    def post(self) -> HttpResponse:
        """Start it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.start_rotation(actor=self.actor)
            return self.done("The rotation has begun. It goes on in the background.", to="console.secrets")
        return self._page(form)

    def _page(self, form: forms.Confirmation) -> HttpResponse:
        effects = [
            "A new key is made, and seals from now on.",
            f"{documents.of_secrets()['values']} values are sealed again under it, while everybody goes on working.",
            "The old key is retired as soon as nothing is sealed under it. No password, code or key of anybody changes.",
        ]
        return self.confirm(form, title="Seal everything under a new key", consequences=effects, back=reverse("console.secrets"))
