"""PostgreSQL or Redis is gone: the product says so, loses nothing, and recovers without a restart of its own."""

import signal
import time

from config.embedded import addresses as addressing
from config.embedded import postgres, redis
from tests.flows.product import Product, wait_until

ROW = 20
SIGN_IN_FORM = "email=ada%40acme.example&password=wrong-on-purpose-1"


def test_without_postgresql_requests_get_503_and_then_work_again(product: Product) -> None:
    key = product.key("acme", owner="ada@acme.example")
    assert product.call("GET", "acme.localhost", "/v1/me", key=key).status == 200
    web = {process.pid for process in product.processes("granian")}

    number = postgres.pid(addressing.at(product.var))
    assert number is not None
    for child in product.processes("postgres"):
        if child.pid == number:
            child.send_signal(signal.SIGQUIT)
    refused = wait_until(lambda: _refused(product, key=key), timeout_s=20, what="a request is refused while PostgreSQL is away")

    assert refused.status == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/unavailable"
    assert int(refused.headers["retry-after"]) > 0
    # Each web process learns by itself that PostgreSQL is back: one that answers says nothing of the other.
    wait_until(lambda: _all_work(product, key=key), timeout_s=30, what="requests work again in every process")
    assert _all_work(product, key=key), "what works again goes on working"
    assert {process.pid for process in product.processes("granian")} == web


def test_without_redis_sign_in_is_closed_and_the_api_works_on(product: Product) -> None:
    key = product.key("acme", owner="ada@acme.example")
    number = redis.pid(addressing.at(product.var))
    frozen = next(process for process in product.processes("redis-server") if process.pid == number)
    page, cookie, token = product.form("acme.localhost", "/sign-in")
    assert page.status == 200

    frozen.suspend()
    try:
        started = time.monotonic()
        closed = product.submit("acme.localhost", "/sign-in", f"{SIGN_IN_FORM}&csrfmiddlewaretoken={token}", cookie=cookie)
        waited_s = time.monotonic() - started
        api = product.call("GET", "acme.localhost", "/v1/me", key=key)
        status = product.call("GET", "acme.localhost", "/status").json()
    finally:
        frozen.resume()

    assert closed.status == 503
    assert waited_s < 10, "a stalled Redis must not hang a request"
    assert api.status == 200
    assert status["parts"]["redis"]["state"] == "away"
    opened = product.submit("acme.localhost", "/sign-in", f"{SIGN_IN_FORM}&csrfmiddlewaretoken={token}", cookie=cookie)
    assert opened.status in {200, 401, 422}


def _all_work(product: Product, *, key: str) -> bool:
    """Whether so many requests in a row work that each process had several of them."""
    return all(product.call("GET", "acme.localhost", "/v1/me", key=key).status == 200 for _ in range(ROW))


def _refused(product: Product, *, key: str) -> object:
    reply = product.call("GET", "acme.localhost", "/v1/me", key=key)
    return reply if reply.status != 200 else None
