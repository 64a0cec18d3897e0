"""What can stop the demo."""


class DemoFailed(Exception):
    """The demo cannot go on; `str()` of it says what failed, and what to do next."""


class Unprepared(DemoFailed):
    """Something the demo needs is not on this machine."""
