"""What the branch and its tags say has happened: every release, every proof, and which of them count."""

from collections.abc import Mapping, Sequence
from datetime import UTC

from tagbump.kustomize import pins
from tagbump.model import Environment, Kind, Policy, Proof, Release
from tagbump.repository import commits, proofs
from tagbump.repository.history import Touched
from tagbump.repository.remote import Remote
from tagbump.repository.signatures import counts
from tagbump.values import Value, replace


class Record(Value):
    """The releases of all environments, newest first, and the proofs that can be read, by the names of their tags."""

    releases: tuple[Release, ...]
    proofs: Mapping[str, Proof]


def read(remote: Remote, head: str, policy: Policy, paths: Mapping[str, str], *, deep: bool) -> Record:
    """Return what happened up to `head`. `paths` are the overlays' files, by environment.

    `deep` reads every commit's files. Else what counts are the commits that say they are releases, and those that a
    proof names and stands on: all that the rules ask of, without the trees of a whole history.
    """
    tags = remote.proofs()
    proven = _proofs(remote, tags)
    wanted = sorted(set(paths.values()))
    if deep:
        files = remote.history.touched(head, wanted)
    else:
        standing = {proof.release for proof in proven.values() if proof.release == proof.target}  # a look brought them
        files = remote.history.claims(head, wanted, standing)
    past = Record(_releases(remote, files, policy, paths), proven)
    if any(environment.signers for environment in policy.environments):
        return _judged(remote, policy, past, tags)
    return past


def _releases(
    remote: Remote, files: Sequence[Touched], policy: Policy, paths: Mapping[str, str]
) -> tuple[Release, ...]:
    oids = sorted({oid for touched in files for oid in (touched.before, touched.after) if oid is not None})
    hashes = sorted({touched.commit for touched in files})
    contents = dict(zip([*oids, *hashes], remote.objects.read([*oids, *hashes]), strict=True))
    found = (
        _release(environment, touched, contents)
        for touched in files
        for environment in policy.environments
        if paths[environment.name] == touched.path
    )
    return tuple(release for release in found if release is not None)


def _release(environment: Environment, touched: Touched, contents: Mapping[str, bytes]) -> Release | None:
    # Old commits may hold anything: what pins nothing whole, or can't be read at all, is no artifact.
    before, after = (
        pins.find_artifact(contents.get(oid or "") or b"", environment.image) for oid in (touched.before, touched.after)
    )
    if before == after:
        return None
    raw = commits.read(contents[touched.commit])
    trailers = commits.trailers(raw.message)
    # Trailers that name another artifact belong to a commit that was changed after tagbump wrote it.
    said = trailers if trailers.get("Image") == (str(after),) else {}
    if touched.merged and "Rolled-back-from" not in said:
        return None  # part of what a merge brought: the merge is the release
    made: Kind = "bump" if environment.previous is None else "promote"
    return Release(
        environment=environment.name,
        commit=touched.commit,
        before=before,
        artifact=after,
        released_at=raw.at.astimezone(UTC),
        by=raw.author,
        kind="rollback" if "Rolled-back-from" in said else made,
        trailers=said,
        merged=touched.merged,
    )


def _proofs(remote: Remote, tags: Mapping[str, str]) -> dict[str, Proof]:
    read = (proofs.read(name, data) for name, data in zip(tags, remote.objects.read(list(tags.values())), strict=True))
    return {proof.tag: proof for proof in read if proof is not None}


def _judged(remote: Remote, policy: Policy, past: Record, tags: Mapping[str, str]) -> Record:
    """Say of each release and each proof whether it counts: whether a signer of its environment signed it."""
    signers = {environment.name: environment.signers for environment in policy.environments}
    keys = sorted({key for named in signers.values() for key in named})
    released = sorted({release.commit for release in past.releases})
    signed = remote.verified(released, [tags[name] for name in past.proofs], keys)
    return Record(
        tuple(replace(r, counts=counts(signed.get(r.commit), signers[r.environment])) for r in past.releases),
        {
            name: replace(proof, counts=counts(signed.get(tags[name]), signers.get(proof.environment, keys)))
            for name, proof in past.proofs.items()
        },
    )
