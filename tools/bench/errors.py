"""What can stop a benchmark."""


class BenchFailed(Exception):
    """The measuring cannot go on; `str()` of it says what failed, and what to do next."""
