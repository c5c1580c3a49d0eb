"""Engine: durable execution of steps, on DBOS. The only module that knows it.

(workflow name, key, dictation id) in; the steps of that workflow run one after the other, each finished one is
remembered, and after a crash the interrupted one runs again. Touches its own tables: ids and step names, nothing else;
they can be thrown away at any time, because the ledger says what should run.

Set on purpose: JSON instead of pickle, a version that is ours (work begun by an older program is found again), an
executor name that stays the same across restarts, no telemetry, no port, no connection but the database.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dictation.errors import BadSettings

if TYPE_CHECKING:
    from dbos import DBOS

log = logging.getLogger(__name__)

Steps = Sequence[tuple[str, Callable[[str], None]]]

# Raised by hand when the order or the meaning of steps changes: what an older program began is then cancelled, and the
# reconciler starts it anew from the ledger.
FLOW_VERSION = "1"
_ACTIVE = ["PENDING", "ENQUEUED", "DELAYED"]
_KEEP_FINISHED_SECONDS = 30 * 86400
_DELETE_AT_ONCE = 500


class Engine:
    """Starts, runs and resumes workflows. One per process; start() after the lock of workflow/lock.py is held."""

    def __init__(
        self,
        database: str,
        workflows: Mapping[str, Steps],
        *,
        executor: str = "worker",
        poll_seconds: float = 1.0,
        version: str = FLOW_VERSION,
        at_once: Mapping[str, int] | None = None,
    ) -> None:
        """database: sqlite:///path or postgresql://...; executor: unique among live workers, same after a restart.

        at_once: how many of a workflow may run side by side; one, unless it says otherwise.
        """
        if not executor:
            raise BadSettings("the worker needs a name of its own")
        self._database = database
        self._steps = dict(workflows)
        self._executor = executor
        self._poll_seconds = poll_seconds
        self._version = version
        self._at_once = dict(at_once or {})
        self._runners: dict[str, Callable[[str], None]] = {}
        self._dbos: type[DBOS] | None = None
        self._busy: set[str] = set()  # ids of dictations a step is working on

    def start(self) -> None:
        """Open the engine's tables, take up interrupted work, listen to one queue per workflow."""
        _quiet_logger()
        from dbos import DBOS, DBOSConfig
        from dbos._serialization import DBOSPortableJSON

        config: DBOSConfig = {
            "name": "dictation",
            "system_database_url": self._database,
            "application_version": self._version,
            "executor_id": self._executor,
            "serializer": DBOSPortableJSON,
            "enable_otlp": False,
            "log_level": "WARNING",
            "sys_db_pool_size": 5,
            "scheduler_polling_interval_sec": 3600.0,  # we schedule nothing with it
            "notification_listener_polling_interval_sec": 0.5,  # reads nothing here; stop() waits for its next turn
        }
        DBOS(config=config)
        self._runners = {name: self._workflow(DBOS, name, steps) for name, steps in self._steps.items()}
        DBOS.listen_queues(list(self._steps))
        DBOS.launch()
        self._dbos = DBOS
        for name in self._steps:
            most = self._at_once.get(name, 1)
            DBOS.register_queue(name, worker_concurrency=most, polling_interval_sec=self._poll_seconds)
        self._drop_what_cannot_run()
        self._forget_finished()

    def stop(self, seconds: float = 0.0) -> bool:
        """Stop taking up work, after letting what runs end for `seconds`.

        False when a step is still running: it is abandoned and runs again at the next start. Its thread keeps the
        interpreter from ending by itself; a service then leaves with os._exit.
        """
        if self._dbos is None:
            return True
        dbos, self._dbos = self._dbos, None
        patience = math.ceil(seconds) if self._busy else 0  # the library waits in whole seconds
        dbos.destroy(workflow_completion_timeout_sec=patience, destroy_registry=True)
        return not self._busy

    def begin(self, workflow: str, key: str, dictation_id: str) -> bool:
        """Start `workflow:key` on a dictation. Twice is once; False when that very work has ended before."""
        from dbos import SetWorkflowID

        name = f"{workflow}:{key}"
        known = self._running.get_workflow_status(name)
        if known is None:
            with SetWorkflowID(name):
                self._running.enqueue_workflow(workflow, self._runners[workflow], dictation_id)
        return known is None or known.status in _ACTIVE

    def active(self) -> set[tuple[str, str]]:
        """(workflow, dictation id) of everything that runs or waits in a queue."""
        return {(name, key.partition(":")[0]) for name, _, key in (w.partition(":") for w in self._ids(_ACTIVE))}

    @property
    def _running(self) -> type[DBOS]:
        if self._dbos is None:
            raise RuntimeError("the engine is not started")
        return self._dbos

    def _workflow(self, dbos: type[DBOS], name: str, steps: Steps) -> Callable[[str], None]:
        def run(dictation_id: str) -> None:
            for step_name, step in steps:
                self._busy.add(dictation_id)
                try:
                    dbos.run_step({"name": step_name}, step, dictation_id)
                finally:
                    self._busy.discard(dictation_id)

        run.__qualname__ = run.__name__ = name
        registered: Callable[[str], None] = dbos.workflow(name=name)(run)
        return registered

    def _ids(self, status: list[str], **filters: Any) -> list[str]:
        found = self._running.list_workflows(status=status, load_input=False, load_output=False, **filters)
        return [workflow.workflow_id for workflow in found]

    def _drop_what_cannot_run(self) -> None:
        """Work of another flow version, or of a worker by another name, would wait for ever: cancel it."""
        found = self._running.list_workflows(status=_ACTIVE, load_input=False, load_output=False)
        foreign = [w.workflow_id for w in found if w.app_version not in {None, self._version}]
        if "sqlite" in self._database:  # one worker at a time: whoever else began it is gone
            foreign += [w.workflow_id for w in found if w.status == "PENDING" and w.executor_id != self._executor]
        if foreign:
            log.warning("%d interrupted workflows of another version or worker start anew", len(foreign))
            self._running.cancel_workflows(sorted(set(foreign)))

    def _forget_finished(self) -> None:
        before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - _KEEP_FINISHED_SECONDS))
        old = self._ids(["SUCCESS", "ERROR", "CANCELLED"], completed_before=before, limit=_DELETE_AT_ONCE)
        if old:
            self._running.delete_workflows(old)


def _quiet_logger() -> None:
    """The library brings its own console handler unless the logger has one: ours goes to the program's log."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
