"""The registry, which skopeo asks. Who may is skopeo's business: on an agent the role of the pod says so."""

import hashlib
import json
import re
from typing import Final

from pipeline.errors import Refused, Unreachable
from pipeline.image import Image
from pipeline.job import Job
from pipeline.programs import run

_ABSENT: Final = re.compile(r"manifest unknown|name unknown", re.IGNORECASE)
"""What registries answer for a tag, or a repository, that is not there. Nothing else is taken for it: `not found` is
also what is said of a host, and of the program that signs in."""

_PATIENT: Final = ("--retry-times", "3")  # what goes by itself: a connection that broke, a registry that is busy


def digest_of(job: Job, repository: str, tag: str) -> str | None:
    """Return the digest that `tag` has; None where there is no such tag. Raises Unreachable."""
    done = run(*skopeo(job), "inspect", *_PATIENT, "--raw", f"docker://{repository}:{tag}", cwd=job.root, env=job.env)
    if done.status == 0:
        if not _is_manifest(done.stdout):
            raise Unreachable(f"the registry does not say whether {tag} is there",
                              f"{repository}\nwhat answers is no manifest: a proxy, or another server")  # fmt: skip
        return f"sha256:{hashlib.sha256(done.stdout).hexdigest()}"
    if _ABSENT.search(done.said):
        return None
    raise Unreachable(f"the registry does not say whether {tag} is there", f"{repository}\n{done.said}")


def _is_manifest(content: bytes) -> bool:
    """Say whether `content` is that of an image, or of a list of them: a proxy says its own word as readily."""
    try:
        manifest = json.loads(content)
    except ValueError:
        return False
    return (
        isinstance(manifest, dict)
        and manifest.get("schemaVersion") == 2
        and bool({"config", "manifests"} & {*manifest})
    )


def publish(job: Job, image: Image, source: str) -> None:
    """Have the tag of `image`, with its digest; `source` is where skopeo copies it from, the manifest untouched.

    Does nothing where it is there. Raises Refused where the tag has another digest, Unreachable where it can't be
    pushed.
    """
    held = digest_of(job, image.repository, image.tag)
    if held is None:
        job.tell(f"pushing {image}")
        place = f"docker://{image.repository}:{image.tag}"
        done = run(*skopeo(job), "copy", *_PATIENT, "--quiet", "--preserve-digests", source, place,
                   cwd=job.root, env=job.env, tell=job.tell)  # fmt: skip
        if done.status != 0:
            raise Unreachable(f"{image.tag} can't be pushed", f"{image}\n{done.said}")
        held = digest_of(job, image.repository, image.tag)
    if held != image.digest:
        raise Refused(
            f"the tag {image.tag} has another digest in the registry",
            f"{image.repository} has {held}, and this is {image.digest}: a tag is never moved",
        )
    job.tell(f"the registry has {image}")


def skopeo(job: Job) -> list[str]:
    """Return the words that begin a call of skopeo: Debian's does not read the variable that buildah reads."""
    configured = job.env.get("CONTAINERS_REGISTRIES_CONF")
    return ["skopeo", "--registries-conf", configured] if configured else ["skopeo"]
