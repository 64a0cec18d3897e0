"""What is the same for every bad release: its users keep what they had, and git is brought back in line."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.load import Load
from tests.e2e.platform import Platform


@contextmanager
def kept(whole: Platform, environment: str, name: str, *, rate: float = 20) -> Iterator[Load]:
    """Have users in `environment` while something bad is released: in the end they have what they had before."""
    had = whole.stable(environment)
    with taken_back(whole, environment, f"{name}: see the analysis"), whole.users(environment, rate=rate) as load:
        try:
            yield load
            whole.until(lambda: whole.weight(environment) == 0, told="the traffic went back")
            assert whole.stable(environment) == had
        finally:
            whole.evidence(f"bad-{name}", load)


@contextmanager
def taken_back(whole: Platform, environment: str, reason: str) -> Iterator[None]:
    """Roll back what the block releases to `environment`, come what may: the test after it begins with a good one."""
    before = whole.artifact(environment)
    try:
        yield
    finally:
        if whole.artifact(environment) != before:
            back(whole, environment, reason)
    assert whole.artifact(environment) == before


def back(whole: Platform, environment: str, reason: str) -> None:
    """Roll `environment` back, and wait until it lives again."""
    whole.rollback(environment, reason)
    if environment != "dev":
        whole.approve(environment)
    whole.live(environment)
