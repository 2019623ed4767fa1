"""A trigger: when a command is due, of the files it is run for.

Theory of operation. Who writes a file is not known, only when it was written. What is written while
no command runs was saved by a person, and makes the command due. What was written before its run
began, the run has read. What is written during a run is a person's as well, or the command's own:
it makes the command due again, or a source saved meanwhile would be missed. A command that writes
to what it is run for would so run for ever. So after AGAIN runs in a row that came from nothing but
the run before, there are TESTS runs more, each after a pause: who saves so often that each run has
met a save, saves in the pause too, and that is a person. What is still written in each run then is
taken for *output*: it counts no more when it is written during a run.

Pure. Times are Unix time in seconds, as systems tell when a file was written.
"""

Key = tuple[str, str]
"""The label of a root and a path in it."""

AGAIN = 2
TESTS = 2

PAUSE, LONGEST_PAUSE = 0.2, 30.0
"""Bounds of a pause, which is twice as long as the last run."""

QUICK = 3.0
"""With `restart`, what is written later after the begin of a run is a person's: the run may last
for ever, so that nobody could ever save while nothing runs. The pause is no shorter then."""

SLACK = 0.01
"""Kernels keep the time of files by a clock that ticks this slowly at most."""

LATEST = 15.0
"""What was written before a run is told by now. What is told later was moved there: a file brings
its times along, where systems let it."""


class Trigger:
    """One thread at a time. `due` is when the command is to be run next, None: not at all."""

    def __init__(self, *, restart: bool = False) -> None:
        self.due: float | None = None
        self._restart = restart
        self._began: float | None = None
        self._running = False
        self._outputs: set[Key] = set()
        self._suspects: set[Key] = set()
        self._chain = 0

    def began(self, now: float) -> None:
        """A run begins, which reads all that is written by now."""
        self.due, self._began, self._running = None, now, True
        self._suspects.clear()

    def ended(self) -> None:
        """The run is over."""
        self._running = False

    def written(self, key: Key, at: float, now: float, *, during: bool) -> bool:
        """A file it is run for was written at `at`, `during` a run of any command. True when that
        was a person."""
        if self._began is not None and at < self._began - SLACK and now < self._began + LATEST:
            return False
        if during and not (self._restart and self._running and self._lasts(at)):
            if key not in self._outputs:
                self._suspects.add(key)
            return False
        self._outputs.discard(key)
        if self.due is None or self.due > now:
            self.due = now
        return True

    def calm(self) -> None:
        """A person has saved something, or nothing is due: what comes is in no row."""
        self._chain = 0

    def judge(self, now: float, seconds: float) -> frozenset[Key]:
        """All that the last run wrote is told: it took `seconds`. Returns what is taken for output
        from now on."""
        suspects, self._suspects = frozenset(self._suspects), set()
        if not suspects or self.due is not None:  # a run that is to come reads them
            return frozenset()
        self._chain += 1
        if self._chain > AGAIN + TESTS:
            self._outputs |= suspects
            return suspects
        self.due = now if self._chain <= AGAIN else now + self._pause(seconds)
        return frozenset()

    def forget(self, label: str) -> None:
        """The root is gone."""
        for keys in (self._outputs, self._suspects):
            keys -= {key for key in keys if key[0] == label}

    def _lasts(self, at: float) -> bool:
        return self._began is not None and at >= self._began + QUICK

    def _pause(self, seconds: float) -> float:
        return min(max(QUICK if self._restart else PAUSE, 2 * seconds), LONGEST_PAUSE)
