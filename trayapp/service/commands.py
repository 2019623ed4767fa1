"""Commands that run when files change, and the changes that pages must not see meanwhile.

Theory of operation. Every change of the watcher comes by here. One that a command is run for is
*kept*, and so is all that changes in the roots concerned until the command has ended and its last
writes were told; then each root's changes go on as one. Commands run one after another. What one
that failed has left stays kept until it succeeds. When a run is due, `trigger` says.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from trayapp.config import OnChange
from trayapp.event import COMMAND
from trayapp.service.job import Job, patterns_of, question, sentence, times_of
from trayapp.service.kept import Kept
from trayapp.service.surroundings import Surroundings
from trayapp.service.trigger import SLACK
from trayapp.sources import Command, NotStarted, Output, report
from trayapp.state import CommandState
from trayapp.watch import Patterns, RootChange
from trayapp.watch.plan import wire_text

logger = logging.getLogger(__name__)

SETTLE = 0.1
"""Seconds after a command's end in which the system tells of its last writes."""

LONGEST_SETTLE = 4.0
"""So long at most is waited for what the watcher has heard of already."""

LOOK = 0.03

GATHER = 0.03
"""Seconds from a save to the run it is for: who saves all files saves one after another."""

_STOP_SECONDS = 12.0
_WINDOWS = 8


class Commands:
    """Safe from any thread, `take` from one. Two locks: `_order` is held while a change is passed
    on, so that none overtakes another; `_wake` guards the rest, for moments."""

    def __init__(self, entries: Sequence[OnChange], around: Surroundings) -> None:
        """Raises: TrayAppError for a pattern that is none."""
        self._entries = [(entry, patterns_of(entry)) for entry in entries]
        self._around = around
        self._order = threading.Lock()
        self._wake = threading.Condition()
        self._jobs: dict[tuple[str, str], Job] = {}
        self._kept = Kept()
        self._runs: deque[tuple[float, float]] = deque(maxlen=_WINDOWS)
        self._ended = 0.0
        self._warned: set[Job] = set()
        self._warnings: list[str] = []
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to run what is due."""
        self._stopping = False
        if self._entries:
            self._thread = threading.Thread(target=self._run, name="trayapp-commands", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End what runs with all its processes, and the thread. Idempotent, takes seconds."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(_STOP_SECONDS)
            if thread.is_alive():
                logger.warning("A command did not end within %s s", _STOP_SECONDS)

    @property
    def holds(self) -> bool:
        """Whether something runs, is due, or may not all be told."""
        with self._wake:
            now = time.time()
            return any(job.unsettled or job.is_due(now) for job in self._jobs.values())

    def states(self) -> tuple[CommandState, ...]:
        """The commands that have run, or wait for a yes."""
        with self._wake:
            return tuple(job.state for job in self._jobs.values() if job.state is not None)

    def resume(self) -> None:
        """It is paused no longer."""
        with self._wake:
            self._wake.notify_all()

    def check(self) -> None:
        """Say which commands are for roots that nobody watches, once all are there."""
        labels = [root.label for root in self._around.roots()]
        for entry, _ in self._entries:
            if entry.root and entry.root not in labels:
                logger.warning(
                    "The command %s in on_change is for the root %r, which is not watched. "
                    "Watched: %s.",
                    entry.name,
                    entry.root,
                    ", ".join(labels),
                )

    def allowed(self, label: str) -> None:
        """The user lets commands run in this root, from its next change on."""
        with self._wake:
            for job in self._jobs.values():
                if job.label == label:
                    job.allowed()

    def forget(self, label: str) -> None:
        """The root is gone for good."""
        with self._order, self._wake:
            self._kept.forget(label)
            for job in self._jobs.values():
                job.trigger.forget(label)
            gone = [key for key, job in self._jobs.items() if job.label == label]
            for key in gone:
                del self._jobs[key]

    def take(self, change: RootChange) -> None:
        """Pass `change` on, or keep it, and run what is to be run for it."""
        wanted = self._wanted(change)
        paths = {path for some in wanted.values() for path in some}
        times = times_of(self._folder_of(change.label), paths)
        with self._order:
            with self._wake:
                now = time.time()
                for job, some in wanted.items():
                    self._note(job, change.label, some, times, now)
                keeps = self._keeps(change, now)
                self._wake.notify_all()
            if not keeps:
                self._pass_on(change)
        self._warn()

    def _wanted(self, change: RootChange) -> dict[Job, list[str]]:
        """The commands that are run for paths of `change`, with those paths."""
        found: dict[Job, list[str]] = {}
        for entry, patterns in self._entries:
            if entry.root in ("", change.label):
                paths = [one.path for one in change.paths if patterns.cover(one.path)]
                job = self._job(entry, patterns, change.label) if paths else None
                if job is not None and self._may_run(job):
                    found[job] = paths
        return found

    def _may_run(self, job: Job) -> bool:
        """Whether the user lets it run where it does; the user is asked once."""
        entry = job.entry
        if entry.folder is not None or self._around.may_run(job.folder, bool(entry.root)):
            return True
        with self._wake:
            known = job.waiting
            if not known:
                job.waits(time.time())
        if not known:
            logger.warning("%s", question(job))
            self._around.ask(question(job))
            self._around.on_change()
        return False

    def _job(self, entry: OnChange, patterns: Patterns, label: str) -> Job | None:
        """One that has no folder of its own runs for each root apart."""
        own = label if entry.root or entry.folder is None else ""
        folder = self._folder_of(label)
        with self._wake:
            job = self._jobs.get((entry.name, own))
            if job is None and folder:
                alone = entry.root or not own or len(self._around.roots()) == 1
                name = entry.name if alone else f"{entry.name} in {label}"
                job = Job(entry, name, own, entry.folder or Path(folder), patterns)
                self._jobs[entry.name, own] = job
        return job

    def _folder_of(self, label: str) -> str:
        return next((root.path for root in self._around.roots() if root.label == label), "")

    def _pass_on(self, change: RootChange) -> None:
        """Called with `_order` held."""
        self._kept.tell(change)
        self._around.tell(change)

    def _release(self) -> None:
        """Tell what need not be kept any longer."""
        with self._order:
            with self._wake:
                changes = self._kept.release(self._waits, self._is_source, self._ended)
            for change in changes:
                self._pass_on(change)

    def _warn(self) -> None:
        with self._wake:
            warnings, self._warnings = self._warnings, []
        for warning in warnings:
            logger.warning("%s", warning)
            self._around.warn(warning)

    # Called with `_wake` held.

    def _note(
        self, job: Job, label: str, paths: Iterable[str], times: Mapping[str, float], now: float
    ) -> None:
        for path in paths:
            at = min(times.get(path, now), now)
            if job.trigger.written((label, path), at, now, during=self._is_during(at)):
                self._calm()
        if not self._is_busy() or (job.running and job.entry.restart):
            self._judge(job, now)

    def _is_during(self, at: float) -> bool:
        return any(begin - SLACK <= at <= end for begin, end in self._runs)

    def _is_busy(self) -> bool:
        return any(job.unsettled for job in self._jobs.values())

    def _calm(self) -> None:
        for job in self._jobs.values():
            job.trigger.calm()

    def _judge(self, job: Job, now: float) -> None:
        outputs = job.trigger.judge(now, job.state.seconds if job.state else 0.0)
        if outputs and job not in self._warned:
            self._warned.add(job)
            self._warnings.append(sentence(job.name, [wire_text(path) for _, path in outputs]))

    def _is_source(self, label: str, path: str) -> bool:
        return any(
            entry.root in ("", label) and patterns.cover(path) for entry, patterns in self._entries
        )

    def _waits(self, change: RootChange) -> bool:
        """Whether what was kept has to wait on."""
        now = time.time()
        return any(
            job.holds(change, now) or (job.failed and job.concerns(change))
            for job in self._jobs.values()
        )

    def _keeps(self, change: RootChange, now: float) -> bool:
        """Keep it if it has to wait."""
        if self._kept.is_first(change) or not any(
            job.holds(change, now) for job in self._jobs.values()
        ):
            return False
        self._kept.keep(change)
        return True

    def _due(self) -> Job | None:
        """What is to be run now."""
        now = time.time()
        if self._around.paused():
            return None
        return next((job for job in self._jobs.values() if job.is_due(now - GATHER)), None)

    def _seconds(self, *jobs: Job) -> float | None:
        """Until one of them is due; None when none will be by itself."""
        dues = [job.trigger.due for job in jobs if job.trigger.due is not None]
        if not dues or self._around.paused():
            return None
        return max(0.0, min(dues) + GATHER - time.time())

    # On the thread trayapp-commands.

    def _run(self) -> None:
        while not self._stopping:
            if job := self._next():
                self._perform(job)
            elif self._is_busy():
                self._settle()
            else:
                self._sleep()

    def _sleep(self) -> None:
        with self._wake:
            if not self._stopping and not self._due():
                self._wake.wait(self._seconds(*self._jobs.values()))

    def _next(self) -> Job | None:
        """Begin with what is due."""
        with self._wake:
            job = self._due()
            if job is not None:
                now = time.time()
                job.begins(now)
                self._runs.append((now, math.inf))
            return job

    def _perform(self, job: Job) -> None:
        if not self._may_run(job):  # its folder is another one since the change
            with self._wake:
                self._ended = time.time()
                self._runs[-1] = (self._runs[-1][0], self._ended)
                job.ends(None, 0.0, self._ended)
            return
        output = Output(partial(self._around.publish, job.entry.topic))
        command = Command(job.entry.run, folder=job.folder, output=output.write)
        self._around.publish(COMMAND, report.begin(job.name, command.text, time.time()))
        self._around.on_change()
        exit = self._exit_of(job, command, output)
        output.close()
        with self._wake:
            self._ended = time.time()
            self._runs[-1] = (self._runs[-1][0], self._ended)
            job.ends(exit, command.seconds, self._ended)
        if exit is not None:
            end = report.end(job.name, exit, command.seconds, output.tail(), time.time())
            self._around.publish(COMMAND, end)
        self._around.on_change()

    def _exit_of(self, job: Job, command: Command, output: Output) -> int | None:
        """Run it to its end; None when that was ours: it is stopped, or started anew."""
        try:
            command.start()
        except NotStarted as error:
            text = f"{error.message} {error.hint}\n"
            output.write(text.replace(str(job.folder), job.folder.name).encode())  # pages see it
            return error.exit
        over = threading.Event()
        waiter = threading.Thread(
            target=self._wait, args=(command, over), name="trayapp-commands-wait", daemon=True
        )
        waiter.start()
        with self._wake:
            while not (over.is_set() or self._stopping or self._is_outdated(job)):
                self._wake.wait(self._seconds(job) if job.entry.restart else None)
            ours = not over.is_set()
        if ours:
            command.stop()
        waiter.join()
        return None if ours else command.wait(0)

    def _wait(self, command: Command, over: threading.Event) -> None:
        """Runs on the thread trayapp-commands-wait."""
        command.wait()
        with self._wake:
            over.set()
            self._wake.notify_all()

    def _is_outdated(self, job: Job) -> bool:
        return job.entry.restart and not self._around.paused() and job.is_due(time.time() - GATHER)

    def _settle(self) -> None:
        """Wait until the last writes are told, and judge who made them."""
        until = time.monotonic() + LONGEST_SETTLE
        with self._wake:
            if self._wake.wait_for(lambda: self._stopping or self._due(), SETTLE):
                return
        while self._around.tells() and time.monotonic() < until:
            with self._wake:
                if self._wake.wait_for(lambda: self._stopping or self._due(), LOOK):
                    return
        with self._wake:
            now = time.time()
            for job in self._jobs.values():
                self._judge(job, now)
            if not any(job.is_due(now) for job in self._jobs.values()) or self._around.paused():
                for job in self._jobs.values():
                    job.unsettled = False
            if all(job.trigger.due is None for job in self._jobs.values()):
                self._calm()
        self._release()
        self._warn()
