"""What is so, what is asked, and what would change: all that the rules look at. Frozen."""

from collections.abc import Mapping
from datetime import datetime

from tagbump.errors import ConfigurationError, TagbumpError, UsageError
from tagbump.model import Artifact, Commit, Environment, Policy, Proof, Release
from tagbump.names import UNSIGNED, Rule
from tagbump.values import NOTHING, Value


def anew(release: Release) -> str:
    """Say how an artifact that is there by a release that does not count gets one that does."""
    return (
        f"undo it (git revert {release.commit[:12]}, and push), and have a signer release it to {release.environment}"
    )


class State(Value):
    """What the GitOps branch says at one commit, `head`, and when that was (`now`, aware UTC).

    `artifacts` has every environment of the policy; None where an overlay pins no whole artifact yet. `releases` are
    those of all environments, newest first. `proofs` are the proof tags that can be read, by name. `faults` say what is
    wrong where an overlay pins something that is no artifact.
    """

    head: str
    policy: Policy
    now: datetime
    artifacts: Mapping[str, Artifact | None]
    releases: tuple[Release, ...]
    proofs: Mapping[str, Proof]
    faults: Mapping[str, str] = NOTHING

    def missing(self, environment: str) -> TagbumpError:
        """Return the error for want of an artifact in `environment`, or of a release that counts and put it there."""
        if fault := self.faults.get(environment):
            return ConfigurationError(fault, hint=f"tagbump verify {environment} says what else is wrong there")
        artifact = self.artifacts[environment]
        if artifact is None:
            return UsageError(f"{environment} has no artifact yet", hint=f"release one to {environment} first")
        if unsigned := self.unsigned(environment, artifact):
            return UsageError(
                f"{unsigned.commit[:12]} {UNSIGNED} of {environment}: it put {artifact.tag} there, and does not count",
                hint=anew(unsigned),
            )
        return UsageError(
            f"no release in this history put {artifact.tag} into {environment}",
            hint=f"release another build to {environment}, and then this one",
        )

    def releases_of(self, environment: str) -> tuple[Release, ...]:
        """Return the releases of `environment` that count and that it had, newest first."""
        return tuple(r for r in self.releases if r.counts and not r.merged and r.environment == environment)

    def current_release(self, environment: str) -> Release | None:
        """Return the release that gave `environment` what it has now; None where it has nothing."""
        artifact = self.artifacts[environment]
        releases = self.releases_of(environment)
        return next((r for r in releases if artifact is not None and r.artifact == artifact), None)

    def signed_source(self, environment: Environment) -> str | None:
        """Return the source of the newest release to `environment` that a signer signed; None where none are asked for.

        Whoever has no key can write the overlay all the same. What a release is compared with is not theirs to choose.
        """
        signed = self.releases_of(environment.name) if environment.signers else ()
        return next(filter(None, (release.source for release in signed)), None)

    def unsigned(self, environment: str, artifact: Artifact) -> Release | None:
        """Return the newest release that gave `artifact` to `environment` and does not count; None where one does."""
        found = [r for r in self.releases if r.environment == environment and r.artifact == artifact and not r.merged]
        return next(iter(found), None) if not any(release.counts for release in found) else None

    def source_of(self, artifact: Artifact | None) -> str | None:
        """Return the commit `artifact` was built from, as its newest release has it; None where none says so."""
        releases = (r for r in self.releases if r.counts and not r.merged and artifact is not None)
        return next(filter(None, (r.source for r in releases if r.artifact == artifact)), None)


class Lineage(Value):
    """What the source history says of going from one artifact to another.

    `older` says that the new source is an ancestor of the current one. `commits` are those being promoted. Each is
    None where that history can't be had.
    """

    older: bool | None
    commits: tuple[Commit, ...] | None


class _Asked(Value, kw_only=True):
    """What both verbs take. `by` are the names the caller goes by in git; `overrides` are the rules to be lifted."""

    environment: str
    reason: str | None = None
    overrides: frozenset[Rule] = frozenset()
    by: tuple[str, ...] = ()


class Bump(_Asked, kw_only=True):
    """Somebody asks for an artifact from outside, built from the commit `source`."""

    artifact: Artifact
    source: str


class Promotion(_Asked, kw_only=True):
    """Somebody asks for an artifact from the environment before; `artifact` None stands for what that has now."""

    artifact: Artifact | None = None
    approved_by: str | None = None


Request = Bump | Promotion


class Candidate(Value):
    """The artifact that a request would give its environment, where that came from, and what it would replace.

    `signed_source` is that of the newest signed release, where signers are asked for: it counts beside the current one.
    """

    environment: Environment
    artifact: Artifact
    source: str | None
    current: Artifact | None
    current_source: str | None
    signed_source: str | None = None

    @property
    def befores(self) -> tuple[str | None, ...]:
        """The sources that it is compared with: one, or two. None stands for an unknown one."""
        both = (self.current_source, self.signed_source) if self.signed_source else (self.current_source,)
        return tuple(dict.fromkeys(both))

    @property
    def rivals(self) -> tuple[str, ...]:
        """Those of them that it may be older than."""
        return tuple(source for source in self.befores if source not in (None, self.source))


class Case(Value):
    """All that the rules look at. `progressing` says whether a rollout is under way, None where no cluster told."""

    state: State
    request: Request
    candidate: Candidate
    lineage: Lineage
    progressing: bool | None

    @property
    def environment(self) -> Environment:
        return self.candidate.environment

    @property
    def approved_by(self) -> str | None:
        return self.request.approved_by if isinstance(self.request, Promotion) else None


class Plan(Value):
    """What a release changes: nothing where `before` is `after`. `trailers` are those of its commit, in order."""

    environment: str
    before: Artifact | None
    after: Artifact
    trailers: tuple[tuple[str, str], ...] = ()

    @property
    def changed(self) -> bool:
        return self.before != self.after
