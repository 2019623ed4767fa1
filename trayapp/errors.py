"""The one error a user is meant to read: what failed, and the remedy."""


class TrayAppError(Exception):
    """A known failure, shown without a traceback by every front end.

    `message` is a full sentence that names the value at fault; `hint` says what to do next
    and can be pasted where it is a command. Either may be shown alone.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class Unconfirmed(TrayAppError):
    """Refused until the user says that it is meant (HTTP 409)."""


class Unavailable(TrayAppError):
    """Refused for now: the same request may succeed later (HTTP 503)."""
