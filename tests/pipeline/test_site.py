"""The site of a commit: what of it never changes under its name, and what can't be published."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import publishing, site
from pipeline.commands.web import web
from pipeline.errors import Misconfigured
from pipeline.job import Job
from pipeline.site import Site
from tests.pipeline.checkouts import Told, check_out, job
from tests.tagbump.world import World

Begin = Callable[..., Job]


def write(root: Path, *names: str) -> Path:
    """Write these files, and return `root`."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.fixture
def begin(world: World, told: Told, tmp_path: Path) -> Begin:
    """Begins a build of a commit that has these files besides, and what lies in the checkout of `world`."""

    def begin(*names: str) -> Job:
        commit = world.commit("feat: a site", {name: name for name in ("README.md", *names)})
        return job(world, check_out(world, commit, tmp_path / "workspace"), told)

    return begin


@pytest.mark.parametrize(
    "name",
    [
        "main.8e2b1f5a.js",
        "main.8e2b1f5a.js.map",
        "assets/index-0a1b2c3d4e5f6a7b8c9d.css",
        "_next/static/chunks/pages/[id]-3f2a1b4c5d6e7f80.js",
        "fonts/text_0123456789abcdef.woff2",
        "8e2b1f5a9c.png",
    ],
)
def test_a_name_that_carries_a_hash_is_an_asset(tmp_path: Path, name: str) -> None:
    assert site.read(write(tmp_path, f"web/{name}")).assets == [name]


@pytest.mark.parametrize(
    "name",
    [
        "favicon.ico",
        "main.js",
        "jquery-datepicker.js",
        "screenshot-Windows7.png",
        "report-20260101.pdf",
        "icon-deadbeef.svg",
        "icon-8E2B1F5A.svg",
        "index-BfZ5k2bX.js",
        "main.8e2b1f5.js",
        "main.8e2b1f5g.js",
        "8e2b1f5a9c/main.js",
        "-r",
    ],
)
def test_a_name_that_may_be_a_word_is_none(tmp_path: Path, name: str) -> None:
    assert site.read(write(tmp_path, f"web/{name}")).others == [name]


@pytest.mark.parametrize("name", ["index.html", "about/index.html", "old.htm", "page.8e2b1f5a.html"])
def test_a_page_is_one_whatever_its_name_carries(tmp_path: Path, name: str) -> None:
    assert site.read(write(tmp_path, f"web/{name}")).pages == [name]


def test_what_is_built_is_the_site_where_it_is_there(tmp_path: Path) -> None:
    root = write(tmp_path, "web/package.json", "web/src/index.html", "web/dist/index.html", "web/dist/a/b.js")

    found = site.read(root)

    assert found == Site(root / "web/dist", [], ["a/b.js"], ["index.html"])


def test_what_is_hidden_is_no_part_of_it_but_what_is_well_known(tmp_path: Path) -> None:
    root = write(tmp_path, "web/.env", "web/.git/config", "web/a/.DS_Store", "web/.well-known/security.txt")

    assert site.read(root).others == [".well-known/security.txt"]


def test_people_enter_by_pages_and_by_a_folder_that_has_an_index(tmp_path: Path) -> None:
    root = write(tmp_path, "web/index.html", "web/about/index.html", "web/myindex.html", "web/main.js")

    assert site.read(root).entrances == ["/", "/about/", "/about/index.html", "/index.html", "/myindex.html"]


@pytest.mark.parametrize("name", ["*.html", "a/b*.html", "what?.html", "a&b.html", "http:x.html"])
def test_a_page_that_would_be_more_than_one_to_cloudfront_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match="can't be published"):
        site.read(write(tmp_path, f"web/{name}"))


def test_without_a_site_web_says_no(begin: Begin) -> None:
    assert web(begin()) == "no"


def test_with_a_site_web_says_yes_and_how_much_of_it(begin: Begin, told: Told) -> None:
    assert web(begin("web/index.html", "web/main.8e2b1f5a.js", "web/favicon.ico")) == "yes"

    assert told.text == "1 assets, 1 pages and 1 others to publish"


def test_a_site_that_is_not_built_is_told_before_it_is_published(begin: Begin) -> None:
    with pytest.raises(Misconfigured, match=r"web/package\.json says that the site is built, and there is no web/dist"):
        web(begin("web/package.json", "web/src/index.html"))


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("web/passwd", "/etc/passwd"),
        ("web/outside", "../service"),
        ("web/inside.html", "index.html"),
        ("web/broken", "nowhere"),
        ("web/dist", "../service"),
        ("web/a/b", "."),
    ],
)
def test_a_link_is_not_followed_wherever_it_leads(begin: Begin, world: World, link: str, target: str) -> None:
    write(world.checkout, "web/index.html", "web/a/index.html")
    (world.checkout / link).symlink_to(target)

    with pytest.raises(Misconfigured, match=f"{Path(link).name} is no (file|folder)"):
        web(begin())


def test_a_site_that_is_a_link_is_none(begin: Begin, world: World) -> None:
    (world.checkout / "web").symlink_to("service")

    with pytest.raises(Misconfigured, match="web is no folder"):
        web(begin())


@pytest.mark.parametrize("name", [b"a\nb.js", b"\xff.js", b"a\x1b[2J.js"], ids=repr)
def test_a_name_that_is_more_than_a_name_is_refused_and_shown_harmlessly(
    begin: Begin, world: World, name: bytes
) -> None:
    (world.checkout / "web").mkdir()
    Path(os.fsdecode(bytes(world.checkout / "web") + b"/" + name)).write_text("x")

    with pytest.raises(Misconfigured) as refused:
        web(begin())

    assert refused.value.summary.isprintable()


def test_what_lies_in_the_checkout_and_not_in_the_commit_is_not_published(begin: Begin) -> None:
    build = begin("web/index.html")
    write(build.root, "web/notes.txt", "web/dist/index.html")

    with publishing.of_commit(build) as found:
        assert (found.others, found.pages) == ([], ["index.html"])
