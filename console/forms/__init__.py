"""Parsing of what people type. Rules live in the actions; what they refuse is shown beside the field that it is about."""

from console.forms.alerts import AlertsQuery, ChannelForm, ChannelsQuery, MuteForm, NewChannel, NewRule, Note, RulesQuery, RuleText
from console.forms.anchors import KINDS as ANCHOR_KINDS
from console.forms.anchors import AnchorForm, AnchorsQuery, ReceiptsQuery
from console.forms.audit import SEVERITIES, AuditQuery, ExportForm, ExportsQuery, ViewForm, ViewsQuery
from console.forms.backups import BackupsQuery, RestoredTenant, TypedSlug
from console.forms.base import Confirmation, Form, ListQuery, Reason, ShownReason
from console.forms.cells import CellsQuery, ChangedCell, ChangedRegion, Draining, NewCell, NewRegion
from console.forms.checkpoints import CheckpointsQuery, ConsistencyForm
from console.forms.domains import DomainsQuery, NewDomain
from console.forms.entrance import Acceptance, NewPassword, SignIn
from console.forms.fleet import Continuation, Migration, ResultsQuery, RunsQuery
from console.forms.grants import ApiKeysQuery, ChangedRole, GrantsForm, NewApiKey, NewRole, Preset
from console.forms.operations import OperationsQuery
from console.forms.people import ChangedPerson, Forgetting, NewPerson, PeopleQuery, PersonForm, RoleLike
from console.forms.plans import ChangedPlan, NewPlan
from console.forms.product_actions import NewProductAction
from console.forms.retention import HoldForm, HoldsQuery, PolicyForm, PruningsQuery
from console.forms.streams import KINDS as STREAM_KINDS
from console.forms.streams import Replay as StreamReplay
from console.forms.streams import StreamForm, StreamsQuery
from console.forms.tenants import (
    BULK_ACTIONS,
    BulkChange,
    Deletion,
    Destination,
    PossibleDestination,
    TenantNames,
    TenantOwner,
    TenantPlan,
    TenantResidency,
    TenantSettings,
    TenantsQuery,
)
from console.forms.verification import EvidenceForm, EvidenceQuery, VerificationForm

__all__ = [
    "ANCHOR_KINDS",
    "BULK_ACTIONS",
    "SEVERITIES",
    "STREAM_KINDS",
    "Acceptance",
    "AlertsQuery",
    "AnchorForm",
    "AnchorsQuery",
    "ApiKeysQuery",
    "AuditQuery",
    "BackupsQuery",
    "BulkChange",
    "CellsQuery",
    "ChangedCell",
    "ChangedPerson",
    "ChangedPlan",
    "ChangedRegion",
    "ChangedRole",
    "ChannelForm",
    "ChannelsQuery",
    "CheckpointsQuery",
    "Confirmation",
    "ConsistencyForm",
    "Continuation",
    "Deletion",
    "Destination",
    "DomainsQuery",
    "Draining",
    "EvidenceForm",
    "EvidenceQuery",
    "ExportForm",
    "ExportsQuery",
    "Forgetting",
    "Form",
    "GrantsForm",
    "HoldForm",
    "HoldsQuery",
    "ListQuery",
    "Migration",
    "MuteForm",
    "NewApiKey",
    "NewCell",
    "NewChannel",
    "NewDomain",
    "NewPassword",
    "NewPerson",
    "NewPlan",
    "NewProductAction",
    "NewRegion",
    "NewRole",
    "NewRule",
    "Note",
    "OperationsQuery",
    "PeopleQuery",
    "PersonForm",
    "PolicyForm",
    "PossibleDestination",
    "Preset",
    "PruningsQuery",
    "Reason",
    "ReceiptsQuery",
    "RestoredTenant",
    "ResultsQuery",
    "RoleLike",
    "RuleText",
    "RulesQuery",
    "RunsQuery",
    "ShownReason",
    "SignIn",
    "StreamForm",
    "StreamReplay",
    "StreamsQuery",
    "TenantNames",
    "TenantOwner",
    "TenantPlan",
    "TenantResidency",
    "TenantSettings",
    "TenantsQuery",
    "TypedSlug",
    "VerificationForm",
    "ViewForm",
    "ViewsQuery",
]
