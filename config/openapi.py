"""The API's own description, made once per process and host kind."""

from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema

from kernel.api.access import PUBLIC
from kernel.api.views import View


@cache
def document(urlconf: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of one URL configuration."""
    made: dict[str, Any] = SchemaGenerator(urlconf=urlconf).get_schema(request=None, public=True)
    return made


class Document(View):
    """GET /v1/openapi.json"""

    access = {"GET": PUBLIC}

    @extend_schema(exclude=True)
    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The OpenAPI 3.1 document of this host."""
        urlconf = getattr(self.request._request, "urlconf", settings.ROOT_URLCONF)
        response = HttpResponse(orjson.dumps(document(urlconf)), content_type="application/json")
        response["Cache-Control"] = "public, max-age=300"
        return response
