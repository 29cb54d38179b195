"""What every page shares: who asks, whether they may, how a refusal looks, which layout it is shown in."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from audit import actions as audit
from audit.permissions import Permission as AuditPermission
from console.forms import Form
from console.views.entering import give_session
from identity import queries as identity
from identity.actions import renew_session_token
from identity.problems import SignInRefused, StepUpNeeded
from identity.queries import SessionActor
from kernel.actors import Actor
from kernel.api import pages
from kernel.api.access import Declaration, require_access
from kernel.problems import Conflict, Forbidden, Invalid, LimitReached, MethodNotAllowed, Unauthenticated

FRAMED = "console/layouts/app.html"
STRANGER = "console/layouts/door.html"
FRAGMENT = "console/layouts/fragment.html"
HOME = "console.overview"
ROWS_PER_PAGE = 25
ACTIVITY_SHOWN = 6

REFUSALS = (Invalid, Conflict, LimitReached, Forbidden, SignInRefused)


Row = TypeVar("Row", bound=Model)


class PageRequest(HttpRequest):
    """A request that a page answers: with the person behind it and the layout that fits it."""

    me: SessionActor | None
    actor: Actor | None
    page_layout: str


class Refusals:
    """Shows a refusal in the form, beside the field that it is about; what was forbidden stands in the trail all the same."""

    def __init__(self, form: Form, *, request: PageRequest) -> None:
        self.form = form
        self.request = request

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> bool:
        """Take the refusal; every other fault goes on."""
        if not isinstance(fault, REFUSALS) or isinstance(fault, StepUpNeeded):
            return False
        self.form.take(fault)
        if isinstance(fault, Forbidden):
            audit.record_refusal(fault, action=f"{self.request.method} {self.request.path}", actor=self.request.actor)
        return True


class Page(View):
    """One address. A subclass declares `access` for each method that it answers, and `template`.

    `crumbs` are the pages above it as label and URL name.
    """

    access: ClassVar[Declaration] = {}
    template: ClassVar[str] = ""
    title: ClassVar[str] = ""
    crumbs: ClassVar[tuple[tuple[str, str], ...]] = ()
    request: PageRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer one request; whoever must sign in first is sent there and comes back."""
        self.request = self._entered(request)
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in self.access:
            raise MethodNotAllowed("Go back and use the links and buttons of the page.", allowed=sorted(self.access))
        try:
            require_access(self.access, method=method, actor=self.request.actor)
            response: HttpResponseBase = getattr(self, method.lower())(*args, **kwargs)
        except Unauthenticated:
            return self._to_sign_in()
        except StepUpNeeded:
            return self._to_step_up()
        patch_vary_headers(response, ("HX-Request", "Cookie"))
        response.setdefault("Cache-Control", "private, no-cache")
        self._renew(response)
        return response

    @property
    def me(self) -> SessionActor:
        """The signed-in person. Raises Unauthenticated."""
        if self.request.me is None:
            raise Unauthenticated("Sign in first.")
        return self.request.me

    @property
    def actor(self) -> Actor:
        """Who asks, as actions want to know it. Raises Unauthenticated."""
        return self.me.actor

    @property
    def origin(self) -> str:
        """The address that programs call, e.g. `http://acme.localhost:8000`."""
        return f"{self.request.scheme}://{self.request.get_host()}"

    def page(self, context: Mapping[str, Any], *, status: int = 200, template: str = "") -> HttpResponse:
        """The page, or for htmx the part of it that the template's block `results` holds."""
        shown = {
            "title": self.title,
            "crumbs": [{"label": label, "url": reverse(name)} for label, name in self.crumbs],
            "layout": self.request.page_layout,
            "may_read_trail": self.may(AuditPermission.READ_ENTRIES),
            "origin": self.origin,
            **context,
        }
        return render(self.request, template or self.template, shown, status=status)

    def above(self, label: str, *, url: str) -> list[dict[str, str]]:
        """The pages above this one with one more, which `crumbs` cannot name because it is about one thing."""
        return [*({"label": name, "url": reverse(place)} for name, place in self.crumbs), {"label": label, "url": url}]

    def secret(self, context: Mapping[str, Any], *, status: int = 200, template: str = "") -> HttpResponse:
        """A page that shows what only its person may see and that no cache may keep."""
        response = self.page(context, status=status, template=template)
        response["Cache-Control"] = "no-store"
        return response

    def may(self, permission: str) -> bool:
        """Whether the person may do something; a stranger may nothing."""
        return self.request.actor is not None and self.request.actor.may(permission)

    def done(self, words: str, *, to: str, at: str = "") -> HttpResponseRedirect:
        """Go on to a page, named by URL name and id, and say there what was done."""
        messages.success(self.request, words)
        return HttpResponseRedirect(resolve_url(to, at) if at else resolve_url(to))

    def told(self, words: str, *, to: str) -> HttpResponseRedirect:
        """Go on to an address, and say there what was done."""
        messages.success(self.request, words)
        return HttpResponseRedirect(to)

    def warned(self, words: str, *, to: str) -> HttpResponseRedirect:
        """Go on to an address, and say there what did not work."""
        messages.warning(self.request, words)
        return HttpResponseRedirect(to)

    def listed(self, found: QuerySet[Row], *, filters: Mapping[str, str], key: str = "id") -> pages.Page[Row]:
        """One page of a list; `key` as in `pages.cut`. Raises Malformed for a cursor that belongs to other filters."""
        scope = f"{self.request.path}?{urlencode(sorted(filters.items()))}"
        return pages.cut(found, scope=scope, cursor=self.request.GET.get("cursor", ""), limit=ROWS_PER_PAGE, key=key)

    def refusals(self, form: Form) -> "Refusals":
        """A block in which a refusal ends in the form instead of on a page of its own."""
        return Refusals(form, request=self.request)

    def _entered(self, request: HttpRequest) -> PageRequest:
        entered = cast("PageRequest", request)
        entered.me = identity.session_actor(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
        entered.actor = None if entered.me is None else entered.me.actor
        entered.page_layout = _layout(request, signed_in=entered.me is not None)
        return entered

    def _renew(self, response: HttpResponseBase) -> None:
        """Give the browser another token where what the person may do has changed.

        With whole pages only: parts of one are asked for side by side, and all but the first would come with the token before.
        """
        me = self.request.me
        if me is None or not me.is_rotation_due or self.request.method != "GET" or _is_partial(self.request):
            return
        token = renew_session_token(actor=me.actor)
        if token and isinstance(response, HttpResponse):
            give_session(response, token)

    def _to_step_up(self) -> HttpResponse:
        """Where a person shows once more that it is they; afterwards they come back to the page of what they were about to do.

        With its query: it may say which version of a thing they had looked at.
        """
        place = self.request.get_full_path() if "GET" in self.access else reverse(self.crumbs[-1][1] if self.crumbs else HOME)
        address = f"{reverse('console.step-up')}?{urlencode({'next': place})}"
        if not _is_partial(self.request):
            return HttpResponseRedirect(address)
        response = HttpResponse()
        response["HX-Redirect"] = address
        return response

    def _to_sign_in(self) -> HttpResponse:
        place = self.request.get_full_path() if self.request.method == "GET" else ""
        query = urlencode({"next": place}) if place not in {"", "/"} else ""
        address = f"{reverse('console.sign-in')}?{query}" if query else reverse("console.sign-in")
        if not _is_partial(self.request):
            return HttpResponseRedirect(address)
        # A fragment that is replaced by a sign-in page would be a page in a page; htmx goes there as a whole instead.
        response = HttpResponse()
        response["HX-Redirect"] = reverse("console.sign-in")
        return response


def safe_next(address: str) -> str:
    """Where to go after signing in: a path of this host, or the overview."""
    is_path = address.startswith("/") and address.isprintable()
    return address if is_path and url_has_allowed_host_and_scheme(address, allowed_hosts=None) else reverse(HOME)


def _layout(request: HttpRequest, *, signed_in: bool) -> str:
    if _is_partial(request):
        return FRAGMENT
    return FRAMED if signed_in else STRANGER


def _is_partial(request: HttpRequest) -> bool:
    restores = request.headers.get("HX-History-Restore-Request") == "true"
    return request.headers.get("HX-Request") == "true" and not restores


class Confirm(Page):
    """A page that says what will happen before it does; without it, nothing irreversible is done by one click."""

    template = "console/pages/confirm.html"
    verb: ClassVar[str] = ""
    tone: ClassVar[str] = "danger"

    def confirm(self, form: Form, *, title: str, consequences: list[str], back: str) -> HttpResponse:
        """The consequences, the form and the button."""
        context = {"title": title, "form": form, "consequences": consequences, "back": back, "verb": self.verb, "tone": self.tone}
        return self.page(context, status=form.answer_status)


class FormPage(Page):
    """A form that makes or changes one thing."""

    template = "console/pages/form.html"
    verb: ClassVar[str] = "Save"
    lead: ClassVar[str] = ""

    def form(self, form: Form, *, back: str, title: str = "") -> HttpResponse:
        """The fields and the button; `back` is where Cancel leads."""
        context = {"title": title or self.title, "lead": self.lead, "form": form, "verb": self.verb, "back": back}
        return self.page(context, status=form.answer_status)
