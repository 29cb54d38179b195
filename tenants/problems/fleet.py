"""What can be refused about the fleet."""

from kernel.problems import Conflict, Invalid, NotFound


class FleetRunNotFound(NotFound):
    """There is no such run in the ledger."""

    type = "fleet-run-not-found"
    title = "No such fleet run"


class FleetBusy(Conflict):
    """Another run is open; `run` names it. There is one at a time."""

    type = "fleet-busy"
    title = "The fleet is being migrated already"


class FleetRunState(Conflict):
    """The run's state does not allow it; `state` tells the present one."""

    type = "fleet-run-state"
    title = "The run's state does not allow this"


class FleetRunOutdated(Conflict):
    """The run was started for other migrations than the code has now; start a new one."""

    type = "fleet-run-outdated"
    title = "The code has changed since the run was started"


class FleetRunStopped(Conflict):
    """Too many schemas of a ring failed; `failed` says how many, the results of the run say why."""

    type = "fleet-run-stopped"
    title = "The run was stopped by failures"


class FleetOptionsInvalid(Invalid):
    """A ring, a cell or a canary that does not exist, or a number out of range; `errors` names it."""

    type = "fleet-options-invalid"
    title = "The run cannot be started like this"


class PlatformBehind(Conflict):
    """The operator's own tables are not in the state of the code, and the ledger and the trail rest on them."""

    type = "platform-behind"
    title = "Platform must be migrated first"
