"""A site is published: by the real `aws`, to an S3 and a CloudFront that moto imitates."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pipeline.commands.publish_assets import publish_assets
from pipeline.commands.publish_pages import publish_pages
from pipeline.errors import Unreachable
from pipeline.job import Job
from tests.pipeline.amazon import BUCKET, Amazon
from tests.pipeline.checkouts import PLATFORM, ROOT, Told, check_out, job
from tests.tagbump.world import World

Begin = Callable[..., Job]

FOR_GOOD = "public, max-age=31536000, immutable"
SITE: Mapping[str, str | bytes] = {
    "web/index.html": '<script src="assets/main.8e2b1f5a.js"></script>',
    "web/about/index.html": "about",
    "web/assets/main.8e2b1f5a.js": "one",
    "web/assets/style-0123456789abcdef.css": "b {}",
    "web/favicon.ico": b"\x00\x01",
}
NAMES = {name.removeprefix("web/") for name in SITE}


@pytest.fixture
def amazon(cloud: Amazon) -> Amazon:
    """An AWS with an empty bucket."""
    return cloud.empty()


@pytest.fixture
def begin(world: World, amazon: Amazon, told: Told, tmp_path: Path) -> Begin:
    """Begins a build of a commit that has these files besides."""

    def begin(files: Mapping[str, str | bytes], **settings: str) -> Job:
        said = {"web-bucket": BUCKET, "web-distribution": amazon.distribution} | settings
        platform = PLATFORM + "".join(f"  {key}: {value}\n" for key, value in said.items())
        commit = world.commit("feat: a site", {"platform/platform.yaml": platform, **files})
        root = check_out(world, commit, tmp_path / f"workspace-{len(list(tmp_path.iterdir()))}")
        return job(world, root, told, **amazon.env)

    return begin


def test_the_assets_are_kept_for_good_and_no_page_is_published_with_them(begin: Begin, amazon: Amazon) -> None:
    publish_assets(begin(SITE))

    assert amazon.names() == {"assets/main.8e2b1f5a.js", "assets/style-0123456789abcdef.css"}
    served = amazon.file("assets/main.8e2b1f5a.js")
    assert (served["Cache-Control"], served["Content-Type"].partition("/")[2]) == (FOR_GOOD, "javascript")
    assert amazon.forgotten() == []


def test_the_pages_are_asked_for_each_time_and_forgotten_where_they_were_kept(begin: Begin, amazon: Amazon) -> None:
    publish_pages(begin(SITE))

    assert amazon.names() == NAMES
    assert {name: amazon.file(name)["Cache-Control"] for name in NAMES} == {
        name: FOR_GOOD if "assets/" in name else "no-cache" for name in NAMES
    }
    assert amazon.file("index.html")["Content-Type"] == "text/html"
    assert amazon.forgotten() == [{"/", "/index.html", "/about/", "/about/index.html"}]


def test_assets_come_first_and_pages_last(begin: Begin, told: Told) -> None:
    publish_pages(begin(SITE))

    said = [line.removeprefix(f"{BUCKET} has ").partition(",")[0] for line in told.text.splitlines()[:-1]]
    assert said == [
        "assets/main.8e2b1f5a.js", "assets/style-0123456789abcdef.css", "favicon.ico", "about/index.html", "index.html",
    ]  # fmt: skip
    assert told.lines[-1].endswith("has forgotten what it had at /, /about/, /about/index.html, /index.html")


def test_no_page_is_there_before_what_it_asks_for(begin: Begin, amazon: Amazon, tmp_path: Path) -> None:
    build = begin(SITE)
    broken = tmp_path / "broken/aws"  # S3 takes no asset
    broken.parent.mkdir()
    broken.write_text('#!/bin/sh\ncase "$*" in *immutable*) echo "An error occurred (SlowDown)" >&2; exit 1 ;; esac\n'
                      f'exec "{ROOT}/build/aws/bin/aws" "$@"\n')  # fmt: skip
    broken.chmod(0o755)

    with pytest.raises(Unreachable, match=f"2 files of the site can't be put into {BUCKET}") as failed:
        publish_pages(Job(build.root, {**build.env, "PATH": f"{broken.parent}:{build.env['PATH']}"}, build.tell))

    assert "SlowDown" in failed.value.detail
    assert amazon.names() == set()
    assert amazon.forgotten() == []


def test_what_the_site_before_asks_for_stays_and_its_pages_come_back(begin: Begin, amazon: Amazon) -> None:
    before = begin(SITE)
    publish_pages(before)
    publish_pages(begin({"web/index.html": "now another", "web/assets/main.9d3c2a6b.js": "two"}))
    after = amazon.file("index.html")

    publish_pages(before)

    assert amazon.names() == {*NAMES, "assets/main.9d3c2a6b.js"}
    assert int(after["Content-Length"]) == len("now another")
    assert int(amazon.file("index.html")["Content-Length"]) == len(SITE["web/index.html"])


def test_names_that_look_like_options_or_patterns_are_names(begin: Begin, amazon: Amazon) -> None:
    names = {"--delete", "-r.html", "[id]-3f2a1b4c.js", "*?@2x.png", "file:/x", "[id].html", "~größe 100%.html"}

    publish_pages(begin({f"web/{name}": name for name in names}))

    assert amazon.names() == names
    assert amazon.file("[id]-3f2a1b4c.js")["Cache-Control"] == FOR_GOOD
    assert amazon.forgotten() == [{"/-r.html", "/%5Bid%5D.html", "/%7Egr%C3%B6%C3%9Fe%20100%25.html"}]


def test_a_site_of_assets_alone_has_nothing_to_be_forgotten(begin: Begin, amazon: Amazon) -> None:
    publish_pages(begin({"web/main.8e2b1f5a.js": "one"}))

    assert amazon.forgotten() == []


def test_a_bucket_that_is_not_there_is_named_with_what_s3_says(begin: Begin) -> None:
    with pytest.raises(Unreachable, match="2 files of the site can't be put into not-ours") as failed:
        publish_assets(begin(SITE, **{"web-bucket": "not-ours"}))

    assert "NoSuchBucket" in failed.value.detail


def test_a_distribution_that_is_not_there_is_named_with_what_cloudfront_says(begin: Begin) -> None:
    with pytest.raises(Unreachable, match="ENOTOURS can't be told to forget the pages before") as failed:
        publish_pages(begin(SITE, **{"web-distribution": "ENOTOURS"}))

    assert "NoSuchDistribution" in failed.value.detail


def test_the_agents_have_the_aws_that_is_tried_here() -> None:
    locks = [(ROOT / name).read_text() for name in ("jenkins/agent/aws.txt", "requirements/aws.txt")]

    pinned = {line for lock in locks for line in lock.splitlines() if line.startswith("awscli==")}

    assert len(pinned) == 1
