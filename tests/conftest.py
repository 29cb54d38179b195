"""The ground every test stands on: embedded services of its own under var/test, the platform, and two tenants, acme and globex.

Each test runs in a transaction on both databases that is rolled back, with acme active; one marked `committed` commits for real and enters
tenants itself.
"""

import io
import ipaddress
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("FREEHOLD_TEST_VAR", ROOT / "var" / "test"))
# What is set around the tests is not theirs: every variable that the product reads, by the paper that is proven to name them all.
for name in re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE):
    for variable in (name, f"{name}_FILE"):
        os.environ.pop(variable, None)
os.environ |= {"FREEHOLD_VAR": str(VAR), "DJANGO_SETTINGS_MODULE": "config.settings", "ACCESS_LOG": "false", "LOG_LEVEL": "ERROR"}
os.environ["REGISTRY_REVIEW_S"] = "0"  # a thread of its own would see only what is committed; test_reviewing.py reviews by hand
os.environ["DNS_RESOLVERS"] = "127.0.0.1:9"  # nobody answers there: a test that needs names starts a name server of its own

from config.embedded import addresses as addressing  # noqa: E402  (the environment must be ready before anything reads it)
from config.embedded import folders, postgres, redis  # noqa: E402

EMBEDDED = addressing.at(VAR)


def _start_services() -> None:
    _stop_services()
    shutil.rmtree(VAR, ignore_errors=True)
    folders.ensure(EMBEDDED)
    (VAR / "static").mkdir(exist_ok=True)
    postgres.start(EMBEDDED)
    redis.start(EMBEDDED)


def _stop_services() -> None:
    if VAR.is_dir():
        redis.stop(EMBEDDED)
        postgres.stop(EMBEDDED)


_start_services()

import django  # noqa: E402  (as above)

django.setup()

import pytest  # noqa: E402
from django.conf import settings as django_settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.test.utils import override_settings, setup_test_environment, teardown_test_environment  # noqa: E402

from kernel import context, tenancy  # noqa: E402
from kernel.actors import Actor  # noqa: E402
from tenants import queries as tenants  # noqa: E402
from tests import makers, places  # noqa: E402
from tests.caller import Caller  # noqa: E402


def pytest_sessionfinish() -> None:
    """Leave nothing running."""
    connections.close_all()
    _stop_services()


@pytest.fixture(scope="session", autouse=True)
def installation() -> Iterator[None]:
    """The platform and two tenants, made by the product's own ways, once."""
    setup_test_environment()
    call_command("setup", "--json", stdout=io.StringIO())
    for slug, title in (("acme", "Acme"), ("globex", "Globex")):
        makers.make_tenant(slug, name=title)
    yield
    teardown_test_environment()


def _ref(slug: str) -> tenancy.TenantRef:
    return tenants.tenant_by_slug(slug).ref()


@pytest.fixture(scope="session")
def acme(installation: None) -> tenancy.TenantRef:
    return _ref("acme")


@pytest.fixture(scope="session")
def globex(installation: None) -> tenancy.TenantRef:
    return _ref("globex")


@pytest.fixture(scope="session")
def platform(installation: None) -> tenancy.TenantRef:
    return _ref(tenancy.PLATFORM_SLUG)


@pytest.fixture(scope="session")
def second_url(installation: None) -> Iterator[str]:
    """The address of an empty cell database on a second server, which runs until the end of the session."""
    with places.second_server() as url:
        yield url


@pytest.fixture
def second_cell(second_url: str) -> Iterator[str]:
    """The name of a cell on the second server, in the region `eu`. For tests that commit."""
    with places.second_cell(second_url) as name:
        yield name


@pytest.fixture
def operator() -> Actor:
    """The system acting as an operator's command."""
    return Actor.system("command:test")


@pytest.fixture
def owner() -> Actor:
    """An actor that may everything in acme, as a person."""
    return makers.person_actor()


@pytest.fixture(autouse=True)
def ground(request: pytest.FixtureRequest, installation: None) -> Iterator[None]:
    """A transaction around the test with acme active; bare ground for those that commit."""
    makers.forget_caches()
    unit = context.RequestContext(request_id="test-request", address="192.0.2.7", user_agent="pytest", route="test")
    with ExitStack() as stack:
        stack.enter_context(context.bound(unit))
        if request.node.get_closest_marker("committed") is None:
            _roll_back_after(stack)
            stack.enter_context(tenancy.activate(_ref("acme"), purpose=tenancy.Purpose.REQUEST))
        yield
    makers.forget_caches()


def _roll_back_after(stack: ExitStack) -> None:
    for alias in (tenancy.HOME, *django_settings.CELLS):
        stack.enter_context(transaction.atomic(using=alias))
        stack.callback(connections[alias].set_rollback, True)  # noqa: FBT003  (Django's signature)


@pytest.fixture
def client() -> Caller:
    """A caller of acme's host, in process."""
    return Caller(host="acme.localhost")


@pytest.fixture
def operator_client() -> Caller:
    """A caller of the operator's host, in process."""
    return Caller(host="platform.localhost")


@pytest.fixture
def settings() -> Iterator["Settings"]:
    """Settings that a test may set; put back afterwards."""
    changed = Settings()
    yield changed
    changed.put_back()


@pytest.fixture
def open_loopback(settings: "Settings") -> None:
    """The far ends of a test stand on loopback, where nobody may be called without leave."""
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class Settings:
    """Sets Django settings by attribute."""

    def __init__(self) -> None:
        self.__dict__["stack"] = ExitStack()

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__["stack"].enter_context(override_settings(**{name: value}))

    def put_back(self) -> None:
        self.__dict__["stack"].close()
