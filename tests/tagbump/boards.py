"""Boards to look at: the everyday one, and the ones that try to break a layout or a reader's terminal."""

from datetime import UTC, datetime, timedelta

from tagbump import changes
from tagbump.board.model import Board, Standing
from tagbump.cluster.model import Rollout
from tagbump.model import Artifact, Commit, Environment, Frozen, Proof, Release
from tagbump.values import replace

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HEAD = "fedcba9876543210fedcba9876543210fedcba98"
SCRIPT = "<script>alert(1)</script>"
ESCAPE = "red \x1b[31malert\x1b]0;title\x07"
OVERRIDE = "user\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe\N{POP DIRECTIONAL FORMATTING}"
BREAKOUT = "\"' onload=x --></style></title><img src=https://example.com/x.png>"
HEBREW = "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}\N{HEBREW LETTER VAV}\N{HEBREW LETTER FINAL MEM}"
EMOJI = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} \N{ROCKET}\N{SPARKLES}"

PAUSED = "Synced, Suspended; service: paused at step 3 of 9 (pause), 1 of 4 pods new, 5 available"

DEV = Environment("dev", "k8s/overlays/dev", "service")
STAGE = Environment("stage", "k8s/overlays/stage", "service", previous="dev", approval="required")
PROD = Environment(
    "prod", "k8s/overlays/prod", "service", previous="stage", approval="four-eyes", soak=timedelta(minutes=30)
)


def artifact(tag: str, repository: str = "registry.example.com/team/service") -> Artifact:
    return Artifact(repository, tag, "sha256:" + (f"{sum(map(ord, tag)) * 7919:x}" * 64)[:64])


def commit(subject: str, number: int = 0) -> Commit:
    return Commit(f"{number:04x}" * 10, subject, "A", "a@example.com", "A", "a@example.com")


def ago(hours: int = 0, minutes: int = 0) -> datetime:
    return AT - timedelta(hours=hours, minutes=minutes)


def release(environment: str, tag: str, at: datetime, **trailers: str) -> Release:
    """Make the promotion of `tag`; `trailers` are spelled `approved_by` and become `Approved-by`."""
    said = {name.capitalize().replace("_", "-"): (value,) for name, value in trailers.items()}
    return Release(
        environment, "0123456789abcdef" * 2 + "01234567", None, artifact(tag), at, "ci-robot", "promote", said
    )


def proof(environment: str, tag: str, at: datetime) -> Proof:
    built = artifact(tag)
    name = Proof.name_for(environment, built)
    return Proof(name, environment, str(built), "01" * 20, "01" * 20, ("synced", "healthy"), at)


def standing(environment: Environment, tag: str | None = None) -> Standing:
    """Make an environment that holds the artifact `tag`, unproven and without a release; nothing for None."""
    return Standing(
        environment,
        None if tag is None else artifact(tag),
        None if tag is None else "abcdef0123456789abcdef0123456789abcdef01",
        release=None,
        proof=f"{environment.name} has no artifact yet"
        if tag is None
        else f"no proof says that {tag} was seen healthy",
        frozen=None,
        behind=None,
        waiting=(),
        left_behind=(),
    )


def board(*standings: Standing, recent: tuple[Release, ...] = ()) -> Board:
    return Board("https://git.example.com/team/service.git", "main", HEAD, AT, standings, recent)


def everyday() -> Board:
    """Return three environments in which everything there is to show is shown once."""
    in_dev = replace(release("dev", "1.10.3", ago(0, 52)), kind="bump")
    in_stage = release("stage", "1.10.3", ago(0, 31), approved_by="reviewer-one")
    lifted = {"approved_by": "reviewer-two", "override": "frozen", "reason": "customers could not log in"}
    in_prod = release("prod", "1.10.1", ago(27, 12), **lifted)
    back = release("prod", "1.9.8", ago(99, 3), reason="checkout answered 500 to every tenth request")
    back = replace(back, kind="rollback", before=artifact("1.10.0"))
    subjects = [f"fix(api): answer number {number} to a question" for number in range(1, 12)]
    waiting = changes.read(commit(words, n) for n, words in enumerate([*subjects, "feat(links)!: ask for a key"], 1))
    return board(
        replace(
            standing(DEV, "1.10.3"),
            release=in_dev,
            proof=proof("dev", "1.10.3", ago(0, 48)),
            rollout=Rollout("healthy", "Synced, Healthy"),
        ),
        replace(standing(STAGE, "1.10.3"), release=in_stage, proof=proof("stage", "1.10.3", ago(0, 12)), behind=0),
        replace(
            standing(PROD, "1.10.1"),
            release=in_prod,
            frozen=Frozen(AT + timedelta(hours=19), "weekend: nobody is at their desk"),
            rollout=Rollout("needs-resume", PAUSED),
            behind=12,
            waiting=waiting,
            left_behind=(back,),
        ),
        recent=(in_stage, in_dev, in_prod, back),
    )


def empty() -> Board:
    return board(standing(DEV), standing(STAGE), standing(PROD))


def seven() -> Board:
    """Return more environments than fit in a row, each named for its place."""
    chain = [replace(STAGE, name=f"ring-{n}", previous=f"ring-{n - 1}" if n > 1 else None) for n in range(1, 8)]
    held = [replace(standing(ring, f"2.{9 - n}.0"), behind=n or None) for n, ring in enumerate(chain)]
    return board(*held, recent=tuple(release(ring.name, "2.1.0", ago(n)) for n, ring in enumerate(chain)))


def hostile() -> Board:
    """Return what somebody who can push might write to be noticed, in every place where words are shown."""
    words = f"{SCRIPT} {ESCAPE} {OVERRIDE} {BREAKOUT} {HEBREW} {EMOJI}"
    evil = replace(STAGE, name=f"{SCRIPT}{ESCAPE}{OVERRIDE}", previous=BREAKOUT)
    bad = release("stage", "1.0.1", ago(3), approved_by=words, reason=words, override=words)
    bad = replace(bad, by=words, environment=words, before=artifact("1.0.0"))
    held = replace(
        standing(evil, "1.0.1"),
        release=bad,
        proof=words,
        frozen=Frozen(AT + timedelta(days=2), words),
        behind=300,
        waiting=changes.read(replace(commit(words, number), author=words) for number in range(300)),
        rollout=Rollout("failed", words),
        left_behind=(bad,),
    )
    return replace(board(held, recent=(bad,)), repository=words, branch=words)


def long() -> Board:
    """Return names, tags, reasons and repositories of the greatest length, without a space to break at."""
    name, tag = "n" * 90, "t" * 128
    built = artifact(tag, "registry.example.com/" + "path/" * 46 + "name")
    wide = replace(release(name, tag, ago(3), approved_by="b" * 200, reason="r" * 500), by="a" * 300, artifact=built)
    back = replace(wide, before=artifact(tag))
    held = replace(standing(replace(PROD, name=name), tag), artifact=built, release=wide, proof="p" * 700, behind=1)
    waiting = changes.read([replace(commit("s" * 10_000), author="o" * 300), commit("feat(" + "c" * 500 + "): x")])
    held = replace(held, waiting=waiting, left_behind=(back,), rollout=Rollout("needs-resume", "d" * 700))
    return replace(board(held, recent=(wide, back)), repository="https://" + "h" * 300, branch="feature/" + "b" * 200)


SUBJECTS = (
    "feat(links): tell who made a short link",
    "fix(store): give a connection back when a request is cut off",
    "feat(api)!: name the field `target` as in the documentation",
    "chore(deps): refresh the locks",
    "Merge branch 'main' into links",
    "perf(store): count the clicks of a minute in one statement",
    "docs: say what a 409 means",
    "test(api): ask for a key that was never there",
)
STATES = (
    Rollout("healthy", "Synced, Healthy"),
    Rollout("needs-resume", PAUSED),
    Rollout("rolling-out", "Synced, Progressing; service: step 2 of 9 (setWeight 25), 1 of 4 pods new, 4 available"),
    Rollout("failed", "Synced, Degraded; service: RolloutAborted: Rollout aborted update to revision 7"),
    Rollout("needs-sync", "OutOfSync, Healthy"),
    Rollout("unknown", "no answer within 3s"),
)


def crowded() -> Board:
    """Return twelve environments in all the states there are, 40 commits waiting before some, and 20 releases."""
    waiting = changes.read(commit(SUBJECTS[number % len(SUBJECTS)], number) for number in range(40))
    names = ("dev", "integration", "stage", "performance-tests-nightly", *(f"prod-region-{n}" for n in range(1, 9)))
    previous: str | None = None
    held = list[Standing]()
    for number, name in enumerate(names):
        place = replace(PROD, name=name, previous=previous, application=f"argocd/service-{name}")
        tag = None if number == 11 else f"1.10.{12 - number}" if number % 3 else f"2026.03.01-build.{4711 - number}"
        at = ago(number * 5)
        here = replace(standing(place, tag), rollout=STATES[number % len(STATES)])
        if tag is not None:
            lifted = {"override": "soak", "reason": "the certificate ends at noon"} if number == 5 else {}
            given = release(name, tag, at, approved_by="grace", **lifted)
            here = replace(here, release=given, behind=0 if number % 2 else len(waiting[: number * 7]))
            here = replace(here, waiting=waiting[: here.behind or 0])
            here = here if number % 2 else replace(here, proof=proof(name, tag, at))
        if number == 6:
            here = replace(here, frozen=Frozen(AT + timedelta(days=2), None))
        held.append(here)
        previous = name
    recent = tuple(release(names[n % 12], f"1.10.{n}", ago(n), approved_by="grace", reason="r") for n in range(20))
    return board(*held, recent=recent)
