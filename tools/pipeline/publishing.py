"""Puts the site of a commit onto S3 by the real `aws`, and has CloudFront forget what has changed.

Nothing is ever deleted: a page that somebody has open asks for the assets it was made for, and so does one that is
gone back to. Who may is the business of `aws`: on an agent the role of the pod says so.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pipeline import settings, site
from pipeline.errors import Unreachable
from pipeline.git import Git
from pipeline.job import Job
from pipeline.programs import Done, run
from pipeline.site import Site

_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"  # kept, and asked for each time whether it is still the same: a page is never an old one


@contextmanager
def of_commit(job: Job) -> Iterator[Site]:
    """Give the site of the commit that is checked out, whatever else lies in the checkout. Raises Misconfigured."""
    with tempfile.TemporaryDirectory(prefix="web-") as room:
        yield site.read(Git(job).lay_out(Path(room)))


def publish_assets(job: Job, found: Site) -> None:
    """Have on S3 what never changes under its name. Raises Unreachable."""
    _upload(job, found, found.assets, _FOR_GOOD)


def publish_pages(job: Job, found: Site) -> None:
    """Have the whole site on S3 and CloudFront, in an order in which no page is there before what it asks for.

    Raises Unreachable.
    """
    publish_assets(job, found)
    _upload(job, found, found.others, _ASK)
    _upload(job, found, found.pages, _ASK)
    _forget(job, found.entrances)


def _upload(job: Job, found: Site, names: Sequence[str], cache_control: str) -> None:
    if not names:
        return
    bucket = settings.web_bucket(job.root)
    # `aws` picks files by patterns, and a name may be one: what it is given has no other files in it.
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        for name in names:
            place = Path(folder, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found.folder / name, place)
        done = _aws(job, "s3", "cp", "--recursive", "--no-follow-symlinks", "--only-show-errors",
                    "--cache-control", cache_control, folder, f"s3://{bucket}/")  # fmt: skip
    if done.status != 0:
        raise Unreachable(f"{len(names)} files of the site can't be put into {bucket}", done.said)
    job.tell("\n".join(f"{bucket} has {name}, {cache_control}" for name in names))


def _forget(job: Job, paths: Sequence[str]) -> None:
    if not paths:
        return
    distribution = settings.web_distribution(job.root)
    where = f"--distribution-id={distribution}"
    begun = _aws(job, "cloudfront", "create-invalidation", where, "--query=Invalidation.Id", "--output=text",
                 "--paths", *map(_encoded, paths))  # fmt: skip
    if begun.status != 0:
        raise Unreachable(f"{distribution} can't be told to forget the pages before", begun.said)
    ended = _aws(job, "cloudfront", "wait", "invalidation-completed", where, f"--id={begun.text}")
    if ended.status != 0:
        raise Unreachable(f"{distribution} has not forgotten the pages before", f"{begun.text}\n{ended.said}")
    job.tell(f"{distribution} has forgotten what it had at {', '.join(paths)}")


def _encoded(path: str) -> str:
    """Return `path` as CloudFront wants it: what RFC 1738 calls unsafe is encoded, and nothing else is."""
    return quote(path, safe="/$+!'(),").replace("~", "%7E")


def _aws(job: Job, *words: str) -> Done:
    return run("aws", f"--region={settings.region(job.root)}", *words, cwd=job.root, env=job.env, tell=job.tell)
