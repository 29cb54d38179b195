"""What can be refused."""

from audit.problems.alerts import (
    AlertIsClosed,
    AlertNotFound,
    ChannelNameTaken,
    ChannelNotFound,
    RuleInvalid,
    RuleIsBuiltIn,
    RuleKeyTaken,
    RuleNotFound,
    TooManyChannels,
    TooManyRules,
)
from audit.problems.anchors import AnchorNameTaken, AnchorNotFound, AnchorRefused, ReceiptNotFound
from audit.problems.checkpoints import CheckpointNotFound, EpochUndecided, NotSignedYet, ProofImpossible
from audit.problems.evidence import EvidenceEmpty, EvidenceTooLarge
from audit.problems.exports import ExportDamaged, ExportNotFound, ExportNotReady, ExportRunning, ExportTooLarge
from audit.problems.holds import HoldIsLifted, HoldNotFound, LiftAlreadyAsked, LiftNotAsked, SecondPersonNeeded
from audit.problems.ingest import ActionUnknown, EventChanged, WrongTrail
from audit.problems.persons import PersonHeld, PersonUnknown, ReasonMissing
from audit.problems.retention import CategoryUnknown, NothingToRemove, PresetUnknown
from audit.problems.streams import StreamNameTaken, StreamNotFound, TargetRefused
from audit.problems.trail import EntryNotFound, SearchTooLong
from audit.problems.views import TooManyViews, ViewNameTaken, ViewNotFound

__all__ = [
    "ActionUnknown",
    "AlertIsClosed",
    "AlertNotFound",
    "AnchorNameTaken",
    "AnchorNotFound",
    "AnchorRefused",
    "CategoryUnknown",
    "ChannelNameTaken",
    "ChannelNotFound",
    "CheckpointNotFound",
    "EntryNotFound",
    "EpochUndecided",
    "EventChanged",
    "EvidenceEmpty",
    "EvidenceTooLarge",
    "ExportDamaged",
    "ExportNotFound",
    "ExportNotReady",
    "ExportRunning",
    "ExportTooLarge",
    "HoldIsLifted",
    "HoldNotFound",
    "LiftAlreadyAsked",
    "LiftNotAsked",
    "NotSignedYet",
    "NothingToRemove",
    "PersonHeld",
    "PersonUnknown",
    "PresetUnknown",
    "ProofImpossible",
    "ReasonMissing",
    "ReceiptNotFound",
    "RuleInvalid",
    "RuleIsBuiltIn",
    "RuleKeyTaken",
    "RuleNotFound",
    "SearchTooLong",
    "SecondPersonNeeded",
    "StreamNameTaken",
    "StreamNotFound",
    "TargetRefused",
    "TooManyChannels",
    "TooManyRules",
    "TooManyViews",
    "ViewNameTaken",
    "ViewNotFound",
    "WrongTrail",
]
