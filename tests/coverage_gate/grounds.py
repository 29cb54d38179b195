"""What must be there before some calls can succeed. Each is made once for a call, and gives names to what it made."""

from audit import actions as trail
from kernel import clock, ids, tenancy
from kernel.problems import Unavailable
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations.models import ID_PREFIX as OPERATION_PREFIX
from operations.models import Operation
from tenants import actions as tenants
from tenants import addresses, product_actions, queries, template
from tenants.models import Backup, BackupKind, BackupState, Cell, Domain, FleetRun, RunState, Tenant, TenantState
from tests import makers
from tests.coverage_gate.calls import Values
from tests.domains import steps
from tests.isolation.belongings import Belongings
from tests.listeners import CA_PEM
from tests.tenants import copied

EMPTY_CELL = "cell-of-nobody"


def host_of(ref: TenantRef) -> str:
    """A host of the tenant's own."""
    return f"id.{ref.slug}-customer.com"


def own_host(whose: Belongings, values: Values) -> Values:
    """A host that answers for whoever calls."""
    return _trusted(whose.ref)


def own_claim(whose: Belongings, values: Values) -> Values:
    """A host that whoever calls claims, and that DNS proves."""
    return _claimed(whose.ref)


def tenants_host(whose: Belongings, values: Values) -> Values:
    """A host that answers for the tenant that the operator looks at."""
    return _trusted(_tenant(values).ref())


def tenants_claim(whose: Belongings, values: Values) -> Values:
    """A host that the tenant claims that the operator looks at, and that DNS proves."""
    return _claimed(_tenant(values).ref())


def failed_operation(whose: Belongings, values: Values) -> Values:
    """The long job has failed."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        operation = Operation.objects.get(id=ids.wanted(OPERATION_PREFIX, values["operation_id"]))
        operations.fail(operation.id, problem=Unavailable("A test."), attempt=operation.attempts, actor=makers.OPERATOR)
    return {}


def listening_stream(whose: Belongings, values: Values) -> Values:
    """A stream to a target that takes what comes."""
    settings, secret = {"url": values["collector"], "ca": CA_PEM}, {"signing_key": "a-signing-key-of-32-signs......."}
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        wanted = trail.Wanted(name="Collector", settings=settings, secret=secret)
        stream = trail.create_stream("https", wanted=wanted, from_seq=1, actor=makers.OPERATOR)
    return {"stream_id": stream.public_id}


def asked_lift(whose: Belongings, values: Values) -> Values:
    """Somebody else has asked for the end of the hold."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        trail.ask_lift(ids.wanted("hld", values["hold_id"]), reason="A test.", actor=makers.OPERATOR)
    return {}


def unheld(whose: Belongings, values: Values) -> Values:
    """No legal hold stands."""
    asked_lift(whose, values)
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        trail.lift_hold(ids.wanted("hld", values["hold_id"]), actor=makers.person_actor())
    return {}


def registered_action(whose: Belongings, values: Values) -> Values:
    """The vendor's product may tell of what the description's example tells."""
    with tenancy.activate(_platform(), purpose=Purpose.OPERATOR):
        schema = {"type": "object", "properties": {"number": {"type": "string"}}}
        tenants.register_product_action("invoice.paid", schema=schema, actor=makers.OPERATOR)
    product_actions.forget()
    return {}


def empty_cell(whose: Belongings, values: Values) -> Values:
    """A cell that holds nobody, in the region of the others."""
    region = Cell.objects.get(name=values["cell"]).region_id
    Cell.objects.create(name=EMPTY_CELL, region_id=region, sealed_url=addresses.sealed(EMPTY_CELL, values["empty_url"]))
    return {"cell": EMPTY_CELL, "name": EMPTY_CELL}


def another_cell(whose: Belongings, values: Values) -> Values:
    """The same beside the one that is meant."""
    return {"another_cell": empty_cell(whose, values)["cell"]}


def no_run(whose: Belongings, values: Values) -> Values:
    """No run of the fleet is at work."""
    FleetRun.objects.update(state=RunState.CANCELLED)
    return {}


def only_run(whose: Belongings, values: Values) -> Values:
    """The run of the fleet that is meant is for the code that is here, and no other is at work."""
    no_run(whose, values)
    FleetRun.objects.filter(id=ids.wanted("fl", values["run"])).update(state=RunState.RUNNING, target=template.current_state())
    return {}


def newer_backup(whose: Belongings, values: Values) -> Values:
    """A copy beside the one that is meant, so that this one may go."""
    _copied(_tenant(values), kind=BackupKind.MANUAL)
    return {}


def backup_with_file(whose: Belongings, values: Values) -> Values:
    """A copy of the tenant that can be read."""
    with tenancy.activate(_platform(), purpose=Purpose.OPERATOR):
        backup = copied.take(_tenant(values).slug)
    return {"backup": backup.public_id, "backup_id": backup.public_id}


def archived(whose: Belongings, values: Values) -> Values:
    """The tenant is put away, and has the copy that it comes back from."""
    tenant = _tenant(values)
    Tenant.objects.filter(id=tenant.id).update(state=TenantState.ARCHIVED)
    _copied(tenant, kind=BackupKind.ARCHIVE)
    return {}


def leaving(whose: Belongings, values: Values) -> Values:
    """The tenant is being deleted, and its last copy was taken."""
    tenant = _tenant(values)
    with tenancy.activate(_platform(), purpose=Purpose.OPERATOR):
        tenants.delete_tenant(tenant.id, slug=tenant.slug, reason="A test.", actor=makers.OPERATOR)
    _copied(tenant, kind=BackupKind.FINAL)
    return {}


def _platform() -> TenantRef:
    return queries.tenant_by_slug(tenancy.PLATFORM_SLUG).ref()


def _tenant(values: Values) -> Tenant:
    """The tenant that the operator looks at."""
    return queries.tenant_named(values["tenant"])


def _copied(tenant: Tenant, *, kind: BackupKind) -> None:
    """A good copy, as far as the registry knows."""
    Backup.objects.create(
        tenant=tenant, kind=kind, state=BackupState.READY, cell=tenant.cell_id, region=tenant.cell.region_id, path=f"{kind}.fhb",
        verified_at=clock.now(),
    )  # fmt: skip


def _trusted(ref: TenantRef) -> Values:
    with tenancy.activate(_platform(), purpose=Purpose.OPERATOR):
        return _named(steps.trusted(ref, host=host_of(ref)))


def _claimed(ref: TenantRef) -> Values:
    with tenancy.activate(_platform(), purpose=Purpose.OPERATOR):
        return _named(steps.claimed(ref, host=host_of(ref)))


def _named(domain: Domain) -> Values:
    return {"domain": domain.public_id, "domain_id": domain.public_id, "host": domain.host}
