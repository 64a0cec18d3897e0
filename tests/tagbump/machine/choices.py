"""What may be drawn, and how often. Of what stands first a failing example is made, where that is enough."""

from collections.abc import Iterable
from typing import Final, TypeVar, get_args

from hypothesis import strategies as st

from tests.tagbump.machine.asking import Lift
from tests.tagbump.machine.cast import ARTIFACTS, CALLERS, NAMES
from tests.tagbump.machine.others import Lie, Words

T = TypeVar("T")

PIPELINE: Final = "the pipeline"
WHOEVER_MAY: Final = "whoever may"


def any_of(*often: T, of: Iterable[T] = ()) -> st.SearchStrategy[T]:
    """Draw one of these, each of `often` as often as it stands there."""
    return st.sampled_from([*often, *of])


SOME = any_of("dev", "stage", "prod", "prod", "qa")
NEXT = any_of("stage", "prod", "prod", "qa")
BUILDS = any_of("V1", "V2", "V2", "HOTFIX", "HOTFIX", "V3", of=ARTIFACTS)
HELD_OR_NAMED = any_of(*[None] * 10, of=ARTIFACTS)
OVERLAYS = any_of(["dev"], ["stage"], ["prod"], ["dev", "stage"], ["dev", "stage", "prod", "qa"])
PINNED = any_of("nothing", "half", "placeholder", *ARTIFACTS, of=ARTIFACTS)
BY = any_of(*[PIPELINE] * 6, of=CALLERS)
ANYBODY = any_of(of=CALLERS)
LIFTS: st.SearchStrategy[Lift] = any_of(
    "nothing", "nothing", "nothing", "nothing", "what objects", "what objects", "what objects", of=get_args(Lift)
)
APPROVERS = any_of(*[WHOEVER_MAY] * 8, None, of=NAMES)
NAMED = any_of(*[WHOEVER_MAY] * 3, None, of=NAMES)
LIES: st.SearchStrategy[Lie] = any_of(of=get_args(Lie))
LIFTED_BY_HAND = any_of([], ["rolled-back"], ["unproven", "rolled-back"])
WORDS: st.SearchStrategy[Words] = any_of(of=get_args(Words))
AWAY = any_of(0, -1, 1)
WHILES = any_of(1, 60, 600, 1800, 3600, 86_400, 3 * 86_400, -120, -600)
