"""A feed of a system that tells nothing: its root has to be polled."""


class DeafFeed:
    """Hears nothing in the whole root. `problem` says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        self.unheard = ("",)

    def hears(self, timeout: float) -> bool:
        """It never does."""
        return False

    def arm(self, folder: str, *, followed: bool = False) -> None:
        """In vain."""

    def close(self) -> None:
        """There is nothing to close."""
