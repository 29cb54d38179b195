"""The one base of REST views."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, cast

import orjson
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from rest_framework import serializers
from rest_framework.views import APIView

from kernel.actors import Actor
from kernel.api import errors, idempotency, pages, parsing
from kernel.api.access import Declaration, require_access
from kernel.problems import Malformed, MethodNotAllowed, Unauthenticated

ACT_IN_TENANT_HEADER = "HTTP_X_TENANT_ID"


class PageQuery(parsing.Shape):
    """The parameters that every list takes; a list with filters adds its own."""

    limit = serializers.IntegerField(min_value=1, max_value=pages.MAX_LIMIT, default=pages.DEFAULT_LIMIT, required=False)
    cursor = serializers.CharField(max_length=100, default="", required=False, allow_blank=True)


class View(APIView):
    """Translate, call one action or query, translate back.

    A subclass declares `access` for each method that it answers. Order of a request: actor, tenant to act in, access, idempotency, handler.
    """

    access: ClassVar[Declaration] = {}
    counts_refusals: ClassVar[bool] = False
    """Whether a refused request changes something, as a wrong code that is counted does. Such a view keeps no answer for an Idempotency-Key: what
    a refusal wrote would be undone with the key that was claimed for it."""
    _caller: Actor | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer one request; every refusal becomes a problem document."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            handler = self._handler(request.method or "")
            self._caller = cast("Actor | None", self.request.user)
            with self._tenant_to_act_in():
                if request.method != "OPTIONS":
                    require_access(self.access, method=request.method or "", actor=self._caller)
                return self._answered_once(handler, *args, **kwargs)
        except Exception as fault:  # noqa: BLE001  (the edge: whatever goes wrong must become an answer)
            return errors.answer(fault, request=request)

    @property
    def actor(self) -> Actor:
        """Who asks. Raises Unauthenticated on a public route without credentials."""
        if self._caller is None:
            raise Unauthenticated("Send an API key as `Authorization: Bearer fh_…`, or sign in.")
        return self._caller

    @property
    def allowed_methods(self) -> list[str]:
        """The methods that the view declares and answers."""
        return sorted(self.access)

    def parse(self, shape: type[parsing.Shape]) -> dict[str, Any]:
        """The body in one shape; a PATCH may leave fields out. Raises Invalid, Malformed, TooLarge, UnsupportedMedia."""
        return parsing.validated(shape, data=parsing.read_json(self.request._request), partial=self.request.method == "PATCH")

    def query(self, shape: type[parsing.Shape] = PageQuery) -> dict[str, Any]:
        """The query parameters in one shape; unknown and repeated ones are refused. Raises Invalid, Malformed."""
        given = self.request._request.GET
        repeated = [name for name in given if len(given.getlist(name)) > 1]
        if repeated:
            raise Malformed("Give each query parameter once.", parameters=repeated[:10])
        return parsing.validated(shape, data=given.dict())

    def expected_version(self) -> int | None:
        """The version that If-Match asks for; None without the header or with `*`. Raises Malformed."""
        header = self.request._request.META.get("HTTP_IF_MATCH", "").strip()
        if header in {"", "*"}:
            return None
        text = header.removeprefix("W/").strip('"').removeprefix("v")
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise Malformed('If-Match takes the ETag of one object, e.g. `If-Match: "v3"`.', header="If-Match")
        return int(text)

    def answer(
        self, document: Any, *, status: int = 200, version: int | None = None, location: str = "", once: Collection[str] = ()
    ) -> HttpResponse:
        """A JSON answer, with the object's ETag and the address of what was made; 304 when If-None-Match names this version.

        `once` names fields that are secrets beside `secret`: none of them is kept for a repetition of the request, and the answer in no cache.
        """
        etag = "" if version is None else f'"v{version}"'
        if etag and self.request.method in {"GET", "HEAD"} and self.request._request.META.get("HTTP_IF_NONE_MATCH") == etag:
            response = HttpResponse(status=304)
        else:
            response = HttpResponse(orjson.dumps(document), status=status, content_type="application/json")
        if etag:
            response["ETag"] = etag
        if location:
            response["Location"] = location
        if once:
            response["Cache-Control"] = "no-store"
        response.shown_once = frozenset(once)  # type: ignore[attr-defined]  # for kernel.api.idempotency
        return response

    def no_content(self) -> HttpResponse:
        """204."""
        return HttpResponse(status=204)

    def page(self, queryset: QuerySet[Any], *, query: dict[str, Any], shape: Callable[[Any], dict[str, Any]]) -> HttpResponse:
        """One page of a list as `{"data", "has_more", "next_cursor"}`, with a `Link` to the next one."""
        return self.shaped_page(queryset, query=query, shapes=lambda items: [shape(item) for item in items])

    def shaped_page(
        self,
        queryset: QuerySet[Any],
        *,
        query: dict[str, Any],
        shapes: Callable[[list[Any]], list[dict[str, Any]]],
        key: str = "id",
    ) -> HttpResponse:
        """The same for shapes that need the page's rows together, e.g. to fetch what belongs to them in one query; `key` as in `pages.cut`."""
        scope = self.list_scope(query)
        return self.paged(pages.cut(queryset, scope=scope, cursor=query["cursor"], limit=query["limit"], key=key), shapes=shapes)

    def list_scope(self, query: dict[str, Any]) -> str:
        """The name of the list and its filters, to which a cursor is bound."""
        filters = "&".join(f"{name}={query[name]}" for name in sorted(query) if name not in {"limit", "cursor"})
        return f"{self.request._request.path}?{filters}"

    def paged(self, found: pages.Page[Any], *, shapes: Callable[[list[Any]], list[dict[str, Any]]]) -> HttpResponse:
        """The answer of a list for a page that is cut already."""
        response = self.answer({"data": shapes(found.items), "has_more": found.has_more, "next_cursor": found.next_cursor or None})
        if found.has_more:
            following = self.request._request.GET.copy()
            following["cursor"] = found.next_cursor
            response["Link"] = f'<{self.request._request.path}?{following.urlencode()}>; rel="next"'
        return response

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]  # DRF asks for its own type
        """The methods that the route answers; nothing about the data behind it."""
        response = HttpResponse(status=204)
        response["Allow"] = ", ".join([*self.allowed_methods, "OPTIONS"])
        return response

    def _handler(self, method: str) -> Callable[..., HttpResponseBase]:
        if method in self.access or method == "OPTIONS" or (method == "HEAD" and "GET" in self.access):
            handler: Callable[..., HttpResponseBase] = getattr(self, method.lower())
            return handler
        raise MethodNotAllowed("Use one of the methods in `allowed`.", allowed=self.allowed_methods)

    def _tenant_to_act_in(self) -> AbstractContextManager[Any]:
        named = self.request._request.META.get(ACT_IN_TENANT_HEADER)
        if named is None:
            return nullcontext()
        entered: AbstractContextManager[Any] = import_string(settings.ACT_IN_TENANT)(named, actor=self._caller)
        return entered

    def _answered_once(self, handler: Callable[..., HttpResponseBase], *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = self.request._request.META.get(idempotency.HEADER)
        if key is None or self._caller is None or self.counts_refusals or self.request.method in {"GET", "HEAD", "OPTIONS"}:
            return handler(self.request, *args, **kwargs)
        return idempotency.once(
            key, actor=self._caller, request=self.request._request, handler=lambda: handler(self.request, *args, **kwargs)
        )
