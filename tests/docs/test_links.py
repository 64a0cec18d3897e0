"""Every link leads to something in this repository, or away from it."""

import re
from pathlib import Path

from tests.docs.documents import ROOT, anchors, each_document, links


@each_document()
def test_every_relative_link_leads_to_a_file_and_a_heading_that_are_there(document: Path) -> None:
    broken = []
    for link in links(document):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (anchor and (target.suffix != ".md" or anchor not in anchors(target))):
            broken.append(link)

    assert broken == []


@each_document()
def test_no_link_leads_out_of_the_repository(document: Path) -> None:
    outside = [
        link
        for link in links(document)
        if link.startswith("/")
        or (":" not in link and not (document.parent / link.partition("#")[0]).resolve().is_relative_to(ROOT))
    ]

    assert outside == []


def test_every_document_that_the_code_names_is_there() -> None:
    named = {
        (str(source.relative_to(ROOT)), name)
        for folder in ("tools", "service", "migrations", "k8s", "argocd")
        for source in (ROOT / folder).rglob("*")
        if source.suffix in {".py", ".yaml", ".mako", ""} and source.is_file()
        for name in re.findall(r"(?<![\w/])docs/[\w./-]*\w", source.read_text(encoding="utf-8"))
    }

    assert named != set()
    assert {(source, name) for source, name in named if not (ROOT / name).exists()} == set()
