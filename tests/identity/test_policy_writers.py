"""Several who write policies and roles at once, on connections of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from identity import actions, queries
from identity.models import Policy, Role, RoleBinding
from identity.problems import RoleInUse, RoleNotFound, TooManyPolicies
from kernel import tenancy
from kernel.problems import PreconditionFailed, Problem
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.policies import NEVER, admin, draft, key_of

WRITERS = 6


def _at_once(ref: TenantRef, acts: list[Callable[[], Any]]) -> list[Any]:
    """What became of each act, begun together in transactions of their own: its result, or the problem that it raised."""
    together = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        try:
            with tenancy.activate(ref, purpose=Purpose.OPERATOR):
                together.wait(timeout=30)
                return act()
        except Problem as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [job.result(timeout=60) for job in [pool.submit(one, act) for act in acts]]


@pytest.mark.committed
def test_of_several_who_change_the_same_version_one_is_heard_and_the_others_are_told() -> None:
    with makers.passing_tenant("policy-race") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            policy = draft()
        # None is the draft's own text: saying what is there already is no change.
        texts = [f"forbid(principal, action, resource) when {{ context.hour > {30 + number} }};\n" for number in range(WRITERS)]

        results = _at_once(
            ref,
            [
                lambda text=text: actions.change_policy(policy.id, text=text, expected_version=1, actor=makers.OPERATOR)  # type: ignore[misc]
                for text in texts
            ],
        )

        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            kept = queries.policy(policy.id)
        heard = [result for result in results if isinstance(result, Policy)]
        assert [result.text for result in heard] == [kept.text]
        assert kept.version == 2
        assert sum(isinstance(result, PreconditionFailed) for result in results) == WRITERS - 1


@pytest.mark.committed
def test_what_several_put_into_force_at_once_counts_all_with_the_next_request() -> None:
    kinds = ("api_keys", "factors", "people", "roles", "security", "sessions")
    with makers.passing_tenant("policy-force") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            secret = key_of(admin())
            text = 'forbid(principal, action == Action::"read:identity.{}", resource);'
            policies = [draft(text.format(kind), name=f"no-{kind.replace('_', '-')}") for kind in kinds]
            before = queries.key_actor(secret)

        _at_once(ref, [lambda one=policy: actions.enable_policy(one.id, actor=makers.OPERATOR) for policy in policies])  # type: ignore[misc]

        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            after = queries.key_actor(secret)
            allowed = {kind: (before.may(f"read:identity.{kind}"), after.may(f"read:identity.{kind}")) for kind in kinds}
        assert set(allowed.values()) == {(True, False)}


@pytest.mark.committed
def test_the_number_of_policies_is_not_passed_by_many_writers() -> None:
    with makers.passing_tenant("policy-limit") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            Policy.objects.bulk_create(Policy(name=f"p{number}", text=NEVER) for number in range(queries.POLICIES_MAX - 1))

        results = _at_once(ref, [lambda one=number: draft(name=f"one-more-{one}") for number in range(WRITERS)])  # type: ignore[misc]

        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            count = Policy.objects.count()
        assert count == queries.POLICIES_MAX
        assert sum(isinstance(result, TooManyPolicies) for result in results) == WRITERS - 1


@pytest.mark.committed
def test_a_role_that_is_given_and_deleted_at_once_ends_as_one_of_both() -> None:
    with makers.passing_tenant("role-race") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            ada = admin()
        for turn in range(5):
            with tenancy.activate(ref, purpose=Purpose.OPERATOR):
                role = actions.create_role(f"desk-{turn}", label="Desk", permissions=["read:*"], actor=makers.OPERATOR)

            given, deleted = _at_once(
                ref,
                [
                    lambda one=role.id: actions.grant_role(ada.public_id, role_id=one, actor=makers.OPERATOR),  # type: ignore[misc]
                    lambda one=role.id: actions.delete_role(one, actor=makers.OPERATOR),  # type: ignore[misc]
                ],
            )

            with tenancy.activate(ref, purpose=Purpose.OPERATOR):
                is_there, is_held = Role.objects.filter(id=role.id).exists(), RoleBinding.objects.filter(role_id=role.id).exists()
            assert is_there == is_held
            assert isinstance(deleted, RoleInUse) if is_held else isinstance(given, RoleNotFound)
