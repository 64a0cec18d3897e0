"""The story itself, a function a chapter."""

import time
from dataclasses import dataclass
from typing import Final

from demo import policy
from demo.narrator import Narrator
from demo.people import DANA, DEVI, OLU, REMY
from demo.releases import CUT_TARGET, FIRST, SECOND, TARGET, Release
from demo.repository import BUILT_FROM
from demo.world import IMAGE, KEPT, REMOTE, World

SOAK_S: Final = float(policy.SOAK.removesuffix("s"))
LOG_FORMAT: Final = (
    "%w(0,0,25)%h %<(16)%an %s%+(trailers:key=Promoted-from,key=Approved-by,key=Reason,separator=%x3B%x20)"
)


@dataclass
class Story:
    """Who tells it and where it plays; and what later chapters remember of earlier ones."""

    narrator: Narrator
    world: World
    first: tuple[str, str] = ("", "")
    link: str = ""
    proven_at: float = 0.0

    def tell(self) -> None:
        """Live the life of two releases."""
        self.merge_and_build()
        self.release_to_dev()
        self.release_to_stage()
        self.refused_in_prod()
        self.release_to_prod()
        self.use_prod()
        self.second_release()
        self.found_bad()
        self.roll_back()
        self.refused_again()
        self.board()
        self.log()

    def merge_and_build(self) -> None:
        self.narrator.chapter(
            "A merged commit becomes an artifact",
            f"{DANA.name}'s change is squash-merged: the merge queue is its committer, and she is its author. Prod will"
            " ask for that.",
        )
        self.first = self._built(
            FIRST,
            "Without Docker no image is built. The artifact is an archive of what the image would hold, its digest is"
            " the archive's, and the registry is a folder in which the deployer finds it by that digest.",
        )

    def release_to_dev(self) -> None:
        narrator = self.narrator
        narrator.chapter(
            "dev takes it",
            "bump sets name, tag and digest in the overlay, in one commit that changes nothing else. Jenkins calls it"
            " when a build is done.",
        )
        self._bump(*self.first)
        narrator.command("git", "-C", str(REMOTE), "show", "--format=%an <%ae>%n%n%B", "--unified=0", "main")
        narrator.say(
            "The deployer sees the commit. wait asks the service until it is what the overlay says, and --record"
            " pushes the proof: a tag on that commit."
        )
        self._wait("dev")

    def release_to_stage(self) -> None:
        narrator, tagbump = self.narrator, self.world.tagbump
        narrator.chapter("stage asks for an approval", "Without one it takes nothing. Exit code 3 is a rule's no.")
        narrator.refused("approval", *tagbump("promote", "stage"))
        narrator.command(*tagbump("promote", "stage", "--approved-by", REMY.email))

    def refused_in_prod(self) -> None:
        narrator, tagbump = self.narrator, self.world.tagbump
        narrator.chapter(
            "prod refuses, three times",
            "First: stage has the artifact, but nobody has seen it healthy there.",
        )
        narrator.refused("unproven", *tagbump("promote", "prod", "--approved-by", OLU.email))
        self._wait("stage")
        narrator.say(
            f"Second: now there is a proof, but not {policy.SOAK} old yet. And {DANA.name} approves what she wrote: a"
            " refusal names every rule that is against it, and the way out of each."
        )
        narrator.refused("soak", *tagbump("promote", "prod", "--approved-by", DANA.email), also="four-eyes")
        narrator.say(
            "While it soaks: verify renders every overlay with the real kustomize, and looks at each image that comes"
            " out. What prod has is still the 0.0.0 that was never built."
        )
        narrator.command(*tagbump("verify"))
        self._soak()
        narrator.say(
            "Third: trying again, as it said, settles the soak and nothing else. Prod wants four eyes: the author's own"
            " approval is refused until somebody else gives one."
        )
        narrator.refused("four-eyes", *tagbump("promote", "prod", "--approved-by", DANA.email))

    def release_to_prod(self) -> None:
        self.narrator.chapter("prod takes it from somebody else", f"{OLU.name} wrote none of it, and approves.")
        self.narrator.command(*self.world.tagbump("promote", "prod", "--approved-by", OLU.email))
        self._wait("prod")

    def use_prod(self) -> None:
        narrator, prod = self.narrator, self.world.url("prod")
        narrator.chapter(
            "People use prod",
            "A configuration entry and a short link, made and read back over HTTP. (Shown as curl, asked in Python:"
            " curl need not be installed.)",
        )
        narrator.post(f"{prod}/config", {"key": "search/page-size", "value": 20})
        narrator.get(f"{prod}/config/search/page-size")
        self.link = str(narrator.post(f"{prod}/shorten", {"url": TARGET, "key": "docs"})["short_url"])
        narrator.follow(self.link, TARGET)

    def second_release(self) -> None:
        narrator, tagbump = self.narrator, self.world.tagbump
        narrator.chapter(
            "A second release takes the same road",
            f"{DEVI.name} wants campaign parameters dropped from the links' targets, and what is merged drops every"
            " parameter. In dev and stage the probes are green, and nobody tries a link with a query.",
        )
        self._bump(*self._built(SECOND, "It is built as the first one was."))
        self._wait("dev")
        narrator.command(*tagbump("promote", "stage", "--approved-by", REMY.email))
        self._wait("stage")
        narrator.say(
            "While it soaks: what would change in prod? Source and manifests share a repository here, so the releases'"
            " own commits are listed too."
        )
        narrator.command(*tagbump("diff", "stage", "prod"))
        self._soak()
        narrator.command(*tagbump("promote", "prod", "--approved-by", OLU.email))
        self._wait("prod")

    def found_bad(self) -> None:
        self.narrator.chapter(
            "It is bad, and prod shows it",
            f"Somebody follows the link from before. It should lead to {TARGET} still; its query is lost.",
        )
        self.narrator.follow(self.link, CUT_TARGET)

    def roll_back(self) -> None:
        narrator, tagbump = self.narrator, self.world.tagbump
        narrator.chapter(
            "prod goes back",
            "A rollback waits for no approval and no soak: it is for emergencies, and says why. It is a commit like"
            " every other, to an artifact that prod has had. The same link works again.",
        )
        narrator.command(*tagbump("rollback", "prod", "--reason", "links lose their query"))
        self._wait("prod", record=False)
        narrator.follow(self.link, TARGET)

    def refused_again(self) -> None:
        self.narrator.chapter(
            "The bad one does not come back by mistake",
            f"stage still has {SECOND.tag}, proven and soaked. prod remembers that it was rolled back from it.",
        )
        self.narrator.refused("rolled-back", *self.world.tagbump("promote", "prod", "--approved-by", OLU.email))

    def board(self) -> None:
        narrator, tagbump = self.narrator, self.world.tagbump
        narrator.chapter(
            "Where everything stands", "The board, here and as one self-contained page; and prod's releases."
        )
        narrator.command(*tagbump("status", "--html", str(KEPT / "board.html")))
        narrator.command(*tagbump("history", "prod"))

    def log(self) -> None:
        self.narrator.chapter(
            "What happened, as git tells it", "There is no other memory: every rule above read it here."
        )
        self.narrator.command("git", "-C", str(REMOTE), "log", "--reverse", f"--format={LOG_FORMAT}", "main")

    def _built(self, release: Release, how: str) -> tuple[str, str]:
        """Merge `release`, say `how` it is built and do so; return the artifact and the commit it is built from."""
        narrator, repository = self.narrator, self.world.repository
        commit = repository.merge(release.author, release.message, release.path, release.edit)
        narrator.command("git", "-C", str(REMOTE), "show", "--format=%an: %s", "--unified=0", commit[:12])
        narrator.say(how)
        digest = repository.build(commit, self.world.registry)
        narrator.show_command(
            f"git -C {REMOTE} archive {commit[:12]} {' '.join(BUILT_FROM)} | sha256sum",
            f"{digest.removeprefix('sha256:')}  -",
        )
        return f"{IMAGE}:{release.tag}@{digest}", commit

    def _bump(self, artifact: str, commit: str) -> None:
        self.narrator.command(*self.world.tagbump("bump", "dev", artifact, "--source", commit))

    def _wait(self, environment: str, *, record: bool = True) -> None:
        more = ["--record"] if record else []
        self.narrator.command(
            *self.world.tagbump("wait", environment, "--url", self.world.url(environment), "--timeout", "30s", *more)
        )
        self.proven_at = time.monotonic()
        self.narrator.catch_up()

    def _soak(self) -> None:
        left = self.proven_at + SOAK_S - time.monotonic()
        if left > 0:
            self.narrator.say(f"({left:.0f} s until the soak of {policy.SOAK} is over)")
            time.sleep(left)
