"""Gets what is missing. It prints what it gets, and what could not be had; exit code 1 where something could not."""

import sys
from concurrent.futures import ThreadPoolExecutor

from checkers.getting import CHECKERS, Checker, NotToBeHad


def get(checker: Checker) -> str:
    """Get one. Return why it could not be had; empty where it could."""
    try:
        checker.get(checker.place)
    except NotToBeHad as error:
        return f"manifests: {checker.name} could not be had: {error}\n"
    return ""


def main() -> int:
    """Get all that is missing, at once: some of it downloads while some of it compiles."""
    missing = [checker for checker in CHECKERS if not checker.is_there()]
    for checker in missing:
        sys.stdout.write(f"manifests: getting {checker.name} ({checker.takes}), once\n")
        sys.stdout.flush()
    with ThreadPoolExecutor() as pool:
        said = [words for words in pool.map(get, missing) if words]
    sys.stderr.write("".join(said))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
