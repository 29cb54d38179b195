"""What a tenant owns, by the name that addresses give it, and whether any of it changed or shows."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import connections

from audit import actions as trail
from audit import queries as audit
from audit.alerts import builtin, telling
from audit.evidence import Selection
from audit.models import Alert, AlertChannel, AlertRule, Anchor, AnchorKind, Receipt, SavedView, Stream
from audit.streams import sending
from identity import actions as identity
from identity import queries as people
from identity.factors import trusted
from identity.models import MfaPolicy, Session, TotpDevice, User
from kernel import clock, ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from tenants import queries as tenants
from tenants.models import Backup, BackupKind, BackupState, FleetRun, Plan, ProductAction, Region
from tests import makers
from tests.isolation.routes import WORDS

TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
    " ORDER BY relname"
)
SHARED = frozenset({"token", "cell", "name", *WORDS})
"""What stands in addresses and gives nobody away: a secret that is shown once, the names of cells, which hold many, and words of the product."""
NOWHERE = "https://127.0.0.1:9/"
TRAIL = {"audit_entry", "audit_queuedentry"}
"""The tables that grow when something is recorded, and no others."""
STATE = "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"


@dataclass(frozen=True, slots=True)
class Belongings:
    """One tenant with one thing of each kind: `parameters` are what stands in addresses, `traces` what must show nowhere else."""

    ref: TenantRef
    key: str
    session: str
    parameters: dict[str, str]
    traces: frozenset[str] = field(default_factory=frozenset)

    @property
    def host(self) -> str:
        """Where it answers."""
        return tenants.primary_host(self.ref.id)

    @property
    def cookie(self) -> str:
        """The session as a browser sends it."""
        return f"{settings.SESSION_COOKIE_NAME}={self.session}"


def of(ref: TenantRef) -> Belongings:
    """An owner with key and session, an invited person, a role, a long job, an entry: made in the running transaction."""
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        email = f"keeper@{ref.slug}.example"
        created = makers.make_key(email=email)
        signer = identity.create_signing_key(created.key.id, name="Signer", algorithm="hmac-sha256", actor=makers.OPERATOR)
        invited = identity.add_person(f"guest@{ref.slug}.example", "Guest", ["member"], actor=makers.OPERATOR)
        invitation = people.invitations(q=f"guest@{ref.slug}.example")[0]
        rows = people.bulk_file_rows(f"email\nguest@{ref.slug}.example\n".encode(), kind="resume")
        run = identity.start_bulk("resume", rows=rows, file_name=f"{ref.slug}.csv", actor=makers.OPERATOR)
        role = identity.create_role(
            f"keepers-{ref.slug}", label="Keepers", permissions=["read:audit.entries"], actor=makers.OPERATOR
        )
        policy = identity.create_policy(
            f"policy-{ref.slug}", text="forbid(principal, action, resource) when { context.hour > 24 };", actor=makers.OPERATOR
        )
        binding = identity.grant_role(invited.person.public_id, role_id=role.id, actor=makers.OPERATOR)
        network = identity.add_network("10.9.0.0/16", role_id=role.id, note=f"Network of {ref.slug}", actor=makers.OPERATOR)
        team = identity.create_team(f"team-{ref.slug}", label=f"Team of {ref.slug}", actor=makers.OPERATOR)
        account = identity.create_service_account(f"robot-{ref.slug}", label=f"Robot of {ref.slug}", actor=makers.OPERATOR)
        identity.add_team_members(team.id, members=[account.public_id], actor=makers.OPERATOR)
        operation = operations.start(
            "tenants.provision", key=f"isolation:{ref.slug}", subject="nothing", label=f"Job of {ref.slug}", steps=["One"],
            arguments={}, actor=makers.OPERATOR,
        )  # fmt: skip
        view = SavedView.objects.create(
            name="Own", owner_id=created.key.holder.public_id, is_shared=True, filters={"outcome": "denied"}
        )
        signed_in = identity.sign_in(email, password=makers.PASSWORD)
        assert isinstance(signed_in, identity.SignedIn)
        entry = audit.entries(action="identity.role.created")[0]
        keeper = people.person_by_email(email)
        proofs = _proved(ref, keeper, session=signed_in.session)
    domain = tenants.domains(ref.id)[0].public_id
    tenant = tenants.tenant(ref.id).public_id
    parameters = {
        "person_id": invited.person.public_id, "person_ref": invited.person.public_id,
        "invitation_id": invitation.public_id, "bulk_id": run.public_id,
        "policy_id": policy.public_id, "binding_id": binding.public_id,
        "network_id": network.public_id, "role_id": role.public_id, "key_id": created.key.public_id, "signing_key_id": signer.key.public_id,
        "team_id": team.public_id, "service_account_id": account.public_id, "member_id": account.public_id,
        "view_id": view.public_id, "session_id": signed_in.session.public_id, **WORDS, **proofs,
        "operation_id": operation.public_id, "entry_id": entry.public_id, "token": invited.invitation_token,
        "tenant": tenant, "tenant_id": tenant, "domain": domain, "domain_id": domain, "checkpoint_id": _signed(ref), **_registered(ref),
        **_watched(ref), **_given_out(ref),
    }  # fmt: skip
    traces = {value for name, value in parameters.items() if name not in SHARED} | {
        keeper.public_id, email, created.key.key_id, signer.key.key_id, ref.schema, f"keepers-{ref.slug}", f"{ref.slug}.example", f"Job of {ref.slug}",
    }  # fmt: skip
    return Belongings(ref=ref, key=created.secret, session=signed_in.session_token, parameters=parameters, traces=frozenset(traces))


def _proved(ref: TenantRef, keeper: User, *, session: Session) -> dict[str, str]:
    """A factor that was shown in a session, a browser that is trusted, and a rule about factors."""
    factor = TotpDevice.objects.create(user=keeper, name=f"App of {ref.slug}", sealed_seed="nobody opens it")
    Session.objects.filter(id=session.id).update(mfa_at=clock.now())
    device, _ = trusted.trust(keeper, days=1, amr=("pwd", "otp"))
    rule = MfaPolicy.objects.create(user=keeper, required="off")
    return {"factor_id": factor.public_id, "trusted_device_id": device.public_id, "mfa_policy_id": rule.public_id}


def _signed(ref: TenantRef) -> str:
    """A checkpoint over all that was recorded."""
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        trail.seal_pending()
        trail.sign_log()
        return audit.latest_checkpoint().public_id


def _given_out(ref: TenantRef) -> dict[str, str]:
    """What the log gives to others: a target and a place for checkpoints where nobody listens, a file and a bundle, both written; and a hold."""
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        stream = Stream(name=f"Stream of {ref.slug}", kind="https", format="jsonl", settings={"url": NOWHERE})
        stream.sealed_secret = sending.sealed_secret({"signing_key": "k" * 32}, stream=stream)
        stream.save()
        anchor = Anchor.objects.create(
            kind=AnchorKind.MAIL, name=f"Anchor of {ref.slug}", settings={"to": f"vault@{ref.slug}.example"}
        )
        hold = trail.place_hold(
            f"Hold of {ref.slug}", matter="", reason="A test.", terms={"action": "people.*"}, actor=makers.OPERATOR
        )
        checkpoint_id = ids.wanted("chk", _signed(ref))
        receipt = Receipt.objects.create(checkpoint_id=checkpoint_id, anchor_id=anchor.pk, kind=anchor.kind, receipt=b"{}")
        export = trail.start_export("jsonl", filters={}, actor=makers.OPERATOR)
        bundle = trail.start_evidence(Selection(), actor=makers.OPERATOR)
        for work, file in ((trail.work_on_export, export), (trail.work_on_evidence, bundle)):
            assert file.operation_id is not None
            work(file.operation_id, actor=makers.OPERATOR)
    return {
        "stream_id": stream.public_id, "anchor_id": anchor.public_id, "hold_id": hold.public_id, "export_id": export.public_id,
        "evidence_id": bundle.public_id, "receipt_id": str(receipt.pk),
    }  # fmt: skip


def _watched(ref: TenantRef) -> dict[str, str]:
    """An alert, a rule of the tenant's own, and somebody who is told."""
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        key = f"{ref.slug}-rule"
        rule = AlertRule.objects.create(key=key, text=builtin.texts()["break-glass"])
        alert = Alert.objects.create(
            rule_key=rule.key, title=f"Alert of {ref.slug}", severity=3, first_seq=1, last_seq=1, seqs=[1], happened_at=clock.now()
        )
        channel = AlertChannel(name=f"Channel of {ref.slug}", kind="mail", shown_target=f"sec@{ref.slug}.example")
        channel.sealed_target = telling.sealed(f"sec@{ref.slug}.example", channel_id=channel.id)
        channel.save()
    return {"alert_id": alert.public_id, "rule": key, "channel_id": channel.public_id}


def _registered(ref: TenantRef) -> dict[str, str]:
    """What home knows beside the tenant: a copy of it, a run of the fleet, a plan and a region, which have one code so that both are found."""
    code = f"{ref.slug}-own"
    plan = Plan.objects.create(code=code, label=f"Plan of {ref.slug}")
    region = Region.objects.create(code=code, label=f"Region of {ref.slug}", jurisdiction="EU")
    run = FleetRun.objects.create(target="0" * 64, options={"until": "rest", "jobs": 1, "canaries": [], "cells": [], "go": 1})
    backup = Backup.objects.create(
        tenant_id=ref.id, kind=BackupKind.MANUAL, state=BackupState.READY, cell=ref.cell, region="local", path=f"{ref.slug}.fhb"
    )
    action = ProductAction.objects.create(name=f"{code.replace('-', '_')}.made", category="product", schema={"type": "object"})
    return {
        "action": action.public_id, "action_id": action.public_id,
        "backup": backup.public_id, "backup_id": backup.public_id, "run": run.public_id, "run_id": run.public_id,
        "plan": plan.code, "region": region.code, "code": code, "cell": ref.cell, "name": ref.cell,
    }  # fmt: skip


def state_of(ref: TenantRef) -> dict[str, tuple[int, str]]:
    """Number and digest of all rows of every table of a tenant, trail and chain included; seen by the owner of the tables."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(TABLES)
        tables = [row[0] for row in cursor.fetchall()]
        state = {}
        for table in tables:
            cursor.execute(STATE.format(table=table))
            state[table] = cursor.fetchone()
    return state


def changed(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> set[str]:
    """The tables whose state is not what it was."""
    return {table for table in before.keys() | after.keys() if before.get(table) != after.get(table)}
