"""The states of a run and which may follow which. No torch here."""

from enum import StrEnum

from mtrec_core.errors import UserError


class IllegalTransition(UserError):
    """A run can't go from its state to the one asked for."""


class RunState(StrEnum):
    """Where a run is in its life.

    A run that is over may be queued again: to resume what was stopped, failed or lost, or to extend what is
    completed.
    """

    QUEUED = "queued"
    """Waits for a worker."""
    STARTING = "starting"
    """A worker has claimed it; data and encoder are loading."""
    RUNNING = "running"
    """Training."""
    STOPPING = "stopping"
    """Was asked to stop; the loop saves a checkpoint first."""
    COMPLETED = "completed"
    """Ended by itself; it has a result."""
    STOPPED = "stopped"
    """Ended because a person wanted it; its checkpoint is kept."""
    FAILED = "failed"
    """Ended by an error, which its reason names."""
    LOST = "lost"
    """Its process is gone without a word: killed, or the machine went down."""

    @property
    def is_over(self) -> bool:
        """Nothing works on the run any more."""
        return self in _OVER

    def can_become(self, new: "RunState") -> bool:
        """Whether the transition is legal; a state is no successor of itself."""
        return new in _SUCCESSORS[self]


_OVER = frozenset({RunState.COMPLETED, RunState.STOPPED, RunState.FAILED, RunState.LOST})

_SUCCESSORS: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.STARTING, RunState.STOPPED, RunState.FAILED}),
    RunState.STARTING: frozenset(
        {RunState.RUNNING, RunState.STOPPING, RunState.STOPPED, RunState.FAILED, RunState.LOST}
    ),
    # Ctrl-C in a terminal stops at once, without a worker to ask.
    RunState.RUNNING: frozenset(
        {RunState.STOPPING, RunState.COMPLETED, RunState.STOPPED, RunState.FAILED, RunState.LOST}
    ),
    # The last step may be over before the wish to stop arrives.
    RunState.STOPPING: frozenset({RunState.STOPPED, RunState.COMPLETED, RunState.FAILED, RunState.LOST}),
    **{state: frozenset({RunState.QUEUED}) for state in _OVER},
}


class RunRole(StrEnum):
    """Whether a run trains the tasks together, or one of them alone for comparison."""

    JOINT = "joint"
    SINGLE_TASK = "single_task"
