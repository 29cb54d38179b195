"""For developers: the API's reference, and a place to try it."""

from django.conf import settings
from django.http import HttpResponse

from console import reference
from console.views.base import Page
from kernel.api.access import SIGNED_IN

SCHEMA_URL = "/v1/openapi.json"


class Reference(Page):
    """Every route of this host, from the document that the API itself gives out."""

    access = {"GET": SIGNED_IN}
    template = "console/pages/developers/reference.html"
    title = "API reference"

    def get(self) -> HttpResponse:
        """The page."""
        urlconf = getattr(self.request, "urlconf", settings.ROOT_URLCONF)
        return self.page({"tags": reference.tags(urlconf, origin=self.origin), "schema_url": SCHEMA_URL})


class Try(Page):
    """Swagger UI, with a key of one's own."""

    access = {"GET": SIGNED_IN}
    template = "console/pages/developers/try.html"
    title = "Try it"
    crumbs = (("API reference", "console.developers"),)

    def get(self) -> HttpResponse:
        """The page."""
        return self.page({"schema_url": SCHEMA_URL})
