"""Says so where what was just written does not count: who has no key of a signer may well not know of it."""

from collections.abc import Sequence

from tagbump import log
from tagbump.model import Environment
from tagbump.names import UNSIGNED
from tagbump.repository.remote import Remote
from tagbump.repository.signatures import counts
from tagbump.state import Plan


def warn_of_release(remote: Remote, environment: Environment, plan: Plan, commit: str) -> None:
    """Warn where no signer of `environment` signed `commit`, the release that `plan` became."""
    if _is_signed(environment, remote, commits=[commit]):
        return
    if plan.before is not None and "Rolled-back-from" in dict(plan.trailers):
        then = f"{plan.before.tag} is not refused, and may come back"
    else:
        then = f"nothing that comes after {environment.name} takes it from there"
    log.warning(
        "%s %s of %s, and does not count: %s. Sign with a signer's key: git config commit.gpgSign true",
        commit[:12], UNSIGNED, environment.name, then,
    )  # fmt: skip


def warn_of_proof(remote: Remote, environment: Environment, name: str, tag: str) -> None:
    """Warn where no signer of `environment` signed the proof called `name`, whose object is `tag`."""
    if not _is_signed(environment, remote, tags=[tag]):
        log.warning(
            "%s %s of %s, and does not count. Sign with a signer's key: git config tag.gpgSign true",
            name, UNSIGNED, environment.name,
        )  # fmt: skip


def _is_signed(environment: Environment, remote: Remote, commits: Sequence[str] = (), tags: Sequence[str] = ()) -> bool:
    if not environment.signers:
        return True
    found = remote.verified(commits, tags, environment.signers)
    return all(counts(found.get(name), environment.signers) for name in (*commits, *tags))
