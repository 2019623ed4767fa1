"""How long a batch waits for what. Pure numbers; each says what it is for, `batch` what it does."""

from dataclasses import dataclass

STORM = 50
"""So many paths in a short time are a storm: a copy, a build, an archive."""
MASS = 10
"""So many paths that vanish in a short time are a mass deletion: most come back."""


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds."""

    quiet: float = 0.001
    """After a lone save of a file that was there before."""
    birth: float = 0.02
    """After a new file: many a program writes a new one and renames it over the old."""
    late: float = 0.002
    """A `take` that comes later than this was held up by a machine so busy that it stops the
    writers, too. Then, and when it is crowded, a burst waits once more for `calm`, and a lone save
    for a `step`; as long as that goes on, but no longer than `more`."""
    step: float = 0.003
    more: float = 0.03
    burst: float = 0.05
    """When more than two paths are done, or one soon after a batch. As long, a batch waits for a
    file that somebody has just begun to write."""
    calm: float = 0.25
    """In a series or a storm, and after a transaction. Saves further apart are no series."""
    series: float = 0.2
    """Saves that follow one another for so long are one."""
    max_wait: float = 1.0
    storm: float = 0.5
    """When `STORM` paths come within this time, it is one."""
    longest: float = 15.0
    """The maximum wait of a storm and of a mass deletion."""
    settle: float = 2.0
    """A file that is written and not closed. Has to outlast the writer's pauses, since only writers
    that never close need it."""
    glance: float = 0.02
    """Where nobody will tell of a close: until the first look at the file."""
    still: float = 0.1
    """Until the next look; the file is finished when nothing has changed. Doubles for a file that
    grows, up to `stillest`."""
    stillest: float = 1.0
    found: float = 0.3
    """A file found in a new folder: long enough to hear from a writer that is still at it."""
    hold: float = 0.05
    """A deletion: long enough for the file to come back, as with editors that keep a backup."""
    mass: float = 0.3
    """When `MASS` paths vanish within this time, it is a mass deletion."""
    away: float = 3.0
    """A mass deletion with nothing else: long enough for a build to begin anew."""
    back: float = 0.5
    """After a mass deletion of which something has come back."""
    fill: float = 0.1
    """An empty file: long enough for the content, as with truncate first, write then."""
    recheck: float = 0.05
    """Until the next look whether a transaction is over."""
