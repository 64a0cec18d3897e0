"""What the command `tagbump` starts: `python -m tagbump` does the same."""

import gc
import sys

_OBJECTS = 100_000  # by feel: more than any run makes but one that watches a cluster for long


def run() -> int:
    """Run the program on the words of the command line and return its exit code."""
    # A run is over before it has made garbage. Loading makes many objects, and by default Python would look through
    # all of them again and again, and once more at the end: a tenth of a bump.
    gc.set_threshold(_OBJECTS)
    from tagbump.cli import main  # noqa: PLC0415 - loaded after the line above

    code = main()
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(run())
