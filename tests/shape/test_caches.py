"""Whatever a process keeps between requests stands here with the reason why no tenant can find another's in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.shape import source
from tests.shape.source import PRODUCT

CACHING = {"cache", "lru_cache", "cached_property"}
HARMLESS = {"Lock", "RLock", "TypeVar", "ParamSpec", "Path", "Struct", "Statement", "JSONDecoder"}
MUTABLE = {"dict", "set", "list", "OrderedDict", "defaultdict", "WeakKeyDictionary", "deque"}
CODE = "made from the code alone, which is the same for every tenant"
TEXT = "pure: what comes out depends on the text that goes in, whoever's it is"
SERVER = "about a database or a server, not about anybody's rows"
KEPT: dict[str, str] = {
    "audit/alerts/builtin.py:texts": "rules that come with the product",
    "audit/alerts/geography.py:_found": "where an address is, after the database that the operator brings",
    "audit/alerts/geography.py:_reader": "the same database, opened",
    "audit/alerts/reading.py:read": TEXT,
    "audit/nudging.py:_nudged": "by schema and what for, and holds only when a tenant was last nudged",
    "audit/telling.py:_counted": "by tenant id, and the place of a caller, a number",
    "audit/telling.py:_looked": "by tenant id, caller and what was looked at",
    "audit/nudging.py:_refused": "by tenant id and refusal",
    "audit/telling.py:_told": "a ContextVar: each unit of work has its own",
    "audit/canonical.py:_is_key": TEXT,
    "audit/person_keys.py:_remembered": "by tenant id, cell, schema and ref",
    "config/embedded/processes.py:_children": "processes that this one started",
    "config/openapi.py:document": CODE,
    "kernel/api/schema.py:page_of": CODE,
    "config/settings.py:DATABASES": "settings, which stay as they are from the start on",
    "config/settings.py:EMBEDDED_DATABASE": "the same",
    "config/settings.py:SECRET_KEY_FALLBACKS": "the same",
    "console/reference.py:_tags": CODE,
    "identity/access/compiled.py:_kept": "by tenant id and the state of its policies",
    "identity/access/cedar.py:_answer": "by the policies, the principal and the circumstances that were asked about, and the tenant",
    "identity/access/facts.py:principal_of": TEXT,
    "identity/access/schema.py:handle": CODE,
    "identity/access/schema.py:known": CODE,
    "identity/access/schema.py:text": CODE,
    "identity/api/serializers/secrets.py:DATA_KEY_STATES": CODE,
    "identity/data_keys/store.py:_remembered": "by tenant id, cell, schema, ring and key",
    "identity/factors/webauthn.py:_roots": "certificates that the operator brings, the same for every tenant",
    "identity/grant_texts.py:of_roles": TEXT,
    "identity/grant_texts.py:of_scopes": TEXT,
    "identity/key_check.py:_keys": "by tenant id and key; says only which of two statements is asked first",
    "identity/key_rates.py:_outage": SERVER,
    "identity/key_rates.py:_shares": "by tenant id and key",
    "identity/request_signing/checking.py:_keys": "by tenant id and key; says only which of two statements is asked first",
    "identity/key_uses.py:_notebook": "by tenant id and key",
    "identity/networks/blocks.py:_all_compiled": TEXT,
    "identity/networks/blocks.py:_compiled": TEXT,
    "identity/networks/blocks.py:_number": TEXT,
    "identity/passwords.py:_common": "a list of common passwords that comes with the product",
    "identity/passwords.py:_nobodys": "a hash that belongs to nobody",
    "identity/redis_client.py:_connected": SERVER,
    "identity/time_zones.py:_known": TEXT,
    "kernel/api/health.py:_kept": SERVER,
    "kernel/outbound/dialling.py:trust": TEXT,
    "kernel/api/health.py:_running": SERVER,
    "kernel/api/health.py:_threads": SERVER,
    "kernel/addresses.py:place_of": TEXT,
    "kernel/addresses.py:plain": TEXT,
    "kernel/api/parsing.py:_reader": CODE,
    "kernel/context.py:_current": "a ContextVar: each unit of work has its own",
    "kernel/events.py:CATALOGUE": CODE,
    "kernel/events.py:_own_fields": CODE,
    "kernel/events.py:_paired_fields": CODE,
    "kernel/sealing.py:_pepper": "a secret of the installation; no tenant has one",
    "kernel/sealing.py:_named": CODE,
    "kernel/sealing.py:_ring": "as _pepper",
    "kernel/tasks.py:QUEUE_OF": CODE,
    "kernel/tenancy/backend/base.py:cursor_classes": "by alias, classes",
    "kernel/tenancy/backend/base.py:pg_version": SERVER,
    "kernel/tenancy/backend/shelf.py:_shelf": "connections, each of which finds out by itself where it stands",
    "kernel/tenancy/breaker.py:_outages": SERVER,
    "kernel/tenancy/cells.py:_attached": SERVER,
    "kernel/tenancy/context.py:_scope": "a ContextVar: each unit of work has its own",
    "kernel/tenancy/context.py:_scope_of": "by the whole frozen reference of a tenant, its state and cell among it",
    "kernel/tenancy/context.py:standing": TEXT,
    "tenants/announcing.py:_publisher": SERVER,
    "audit/ingest/schemas.py:_compiled": TEXT,
    "tenants/product_actions.py:_known": "what the vendor registered, the same for every tenant",
    "tenants/fleet/replaying.py:_message": CODE,
    "tenants/fleet/states.py:_parsed": TEXT,
    "tenants/hosts.py:_public_suffixes": "a list that comes with a package",
    "tenants/api/serializers/fleet.py:RINGS": CODE,
    "tenants/resolving.py:_listener": "hears which tenants to forget",
    "tenants/resolving.py:_reviewer": "versions of rows by tenant id; finds which tenants to forget",
    "tenants/resolving.py:_memory": "of the registry, by host, id and slug; dropped when the registry changes",
    "tenants/template/compiling.py:_known": "by the state of the code's migrations; a script holds no row of any tenant",
    "tenants/template/compiling.py:_refused": "the same",
    "tenants/template/state.py:current_state": CODE,
}


def _called(node: ast.expr) -> str:
    return source.dotted(node).rpartition(".")[2]


def _cached(path: Path) -> Iterator[str]:
    for function in source.functions(path):
        if {_called(decorator) for decorator in function.decorator_list} & CACHING:
            yield f"{path}:{function.name}"


def _module_level(path: Path) -> Iterator[str]:
    """Names of a module that hold something that can change: containers made empty, and private objects of any class."""
    for node in source.tree(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            empty = isinstance(node.value, ast.Dict) and not node.value.keys
            empty = empty or (isinstance(node.value, ast.List) and not node.value.elts)
            made = _called(node.value) if isinstance(node.value, ast.Call) else ""
            if empty or made in MUTABLE or (made.lstrip("_")[:1].isupper() and made not in HARMLESS):
                yield from (
                    f"{path}:{target.id}"
                    for target in targets
                    if isinstance(target, ast.Name) and (not made or target.id.startswith("_") or made in MUTABLE)
                )


def _found() -> set[str]:
    return {
        name for path in source.python(*PRODUCT) if not source.is_migration(path) for name in (*_cached(path), *_module_level(path))
    }


def test_everything_that_a_process_keeps_has_its_reason() -> None:
    assert sorted(_found() - KEPT.keys()) == []


def test_every_reason_is_still_for_something() -> None:
    assert sorted(KEPT.keys() - _found()) == []
    assert all(reason for reason in KEPT.values())
