"""The one error that is meant for people: a clear line and how to mend it."""


class UserError(Exception):
    """A problem that its reader can mend.

    `message` says in one line what is wrong, `mend` in one line what to do about it.
    """

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()
