"""What can go wrong, as types. `service.api.errors` alone gives them statuses."""


class ServiceError(Exception):
    """Something the caller is told; `str()` of it is the sentence."""


class Malformed(ServiceError):
    """A part of the request is not what it must be."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")


class TooLarge(ServiceError):
    """A part of the request is longer than the service keeps."""

    def __init__(self, field: str, limit: str) -> None:
        super().__init__(f"{field}: longer than {limit}")


class NotFound(ServiceError):
    """There is nothing under that name."""


class KeyTaken(ServiceError):
    """Somebody else's link has the key that was asked for."""


class PreconditionFailed(ServiceError):
    """The entry is not in the state the request was made for."""


class NoFreeKey(ServiceError):
    """Every key that was tried belongs to another URL."""


class StoreUnavailable(ServiceError):
    """The database did not answer in time, or cannot be asked now. Trying again later may help."""

    def __init__(self, sentence: str, why: str = "") -> None:
        super().__init__(sentence)
        self.why = why
        """What the last attempt to connect failed of. It names hosts: for operators, not for callers."""


class WriteRefused(StoreUnavailable):
    """The database answers reads but took no write: a lock held too long, a standby, a full disk."""


class WrongSettings(ServiceError):
    """The environment does not make a service. `lines` has one sentence a wrong setting, each begun by its name."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines
