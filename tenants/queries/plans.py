"""Reading plans."""

from django.db.models import Count, Q, QuerySet

from tenants.models import Plan, Tenant, TenantState
from tenants.problems import PlanNotFound, PlanUnknown


def plans(*, q: str = "") -> QuerySet[Plan]:
    """All plans by code, each with `tenant_count`; `q` is part of a code or a label."""
    found = Plan.objects.annotate(tenant_count=Count("tenants")).order_by("code")
    return found.filter(Q(code__icontains=q) | Q(label__icontains=q)) if q else found


def plan(code: str) -> Plan:
    """One plan, with `tenant_count`. Raises PlanNotFound."""
    found = plans().filter(code=code).first()
    if found is None:
        raise _missing(code)
    return found


def plan_for_update(code: str) -> Plan:
    """One plan, locked until the end of the transaction in home. Raises PlanNotFound."""
    found = Plan.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise _missing(code)
    return found


def wanted_plan(code: str) -> Plan | None:
    """The plan that a request names; empty names none. Raises PlanUnknown, by the pointer `/plan`."""
    if not code:
        return None
    found = Plan.objects.filter(code=code).first()
    if found is None:
        detail = f"There is no plan {code[:40]}. There are: {', '.join(Plan.objects.values_list('code', flat=True)) or 'none'}."
        raise PlanUnknown(detail, errors=[{"pointer": "/plan", "code": "plan", "detail": detail}])
    return found


def canaries() -> set[str]:
    """The slugs of the tenants that are migrated first: by their own setting, or by their plan's where they have none."""
    own, by_plan = Q(settings__canary=True), Q(plan__settings__canary=True) & ~Q(settings__has_key="canary")
    return set(Tenant.objects.exclude(state=TenantState.PURGED).filter(own | by_plan).values_list("slug", flat=True))


def _missing(code: str) -> PlanNotFound:
    return PlanNotFound(f"There is no plan {code[:40]}. List the plans to find it.")
