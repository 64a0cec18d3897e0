"""The board of `tagbump status` as one HTML page that needs nothing beside itself."""

import base64
import hashlib
from datetime import datetime
from html import escape
from importlib import resources
from typing import Final

from tagbump import plain
from tagbump.board import facts
from tagbump.board.facts import Fact, Mark
from tagbump.board.model import Board, Standing
from tagbump.model import Release
from tagbump.times import minute, rfc3339

_LONGEST: Final = 600  # columns of one value: more than any reason has, less than what floods a page
_LONGEST_DETAIL: Final = 200  # columns of one of several: a subject is to be recognised, not to be read to its end
_LONG_TAG: Final = 16  # columns that fit across a narrow card in the large letters

# Of the recent releases: what heads a column, and what the style sheet calls it.
_COLUMNS: Final = (
    ("When", "when"),
    ("Environment", "environment-name"),
    ("Kind", "kind"),
    ("Tag", "tag-name"),
    ("By", "by"),
    ("Approved by", "approved"),
    ("Reason", "reason"),
    ("Commit", "commit"),
)


def html(board: Board) -> str:
    """Return the page: no script, nothing loaded, every foreign word escaped, light or dark as the reader has it."""
    style = resources.files("tagbump.board").joinpath("page.css").read_text(encoding="utf-8")
    environments = "\n".join(_environment(board, place) for place in range(len(board.standings)))
    return f"""<!doctype html>
<html lang="en">
{_head(board, style)}
<body>
<header>
<p class="eyebrow">Release board</p>
<h1>{_say(board.repository)}</h1>
<p>Branch {_say(board.branch)}, as of {_time(board.at)}</p>
</header>
<main>
<section aria-labelledby="environments">
<h2 id="environments">Environments, in promotion order</h2>
<ol class="flow">
{environments}
</ol>
</section>
<section aria-labelledby="recent">
<h2 id="recent">Recent releases, newest first</h2>
<div class="recent">
{_recent(board.recent)}
</div>
</section>
</main>
<footer>
<p>Head commit {_code(facts.short_commit(board.head))}, written {_time(board.at)} by <code>tagbump status --html</code>.
Ages count back from then.</p>
</footer>
</body>
</html>
"""


def _head(board: Board, style: str) -> str:
    # The hash lets in this style sheet alone: a style that slipped through the escaping would not apply.
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    csp = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    title = escape(plain.harmless(f"{board.repository}, {board.branch}: release board"))
    return f"""<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{csp}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>"""


def _environment(board: Board, place: int) -> str:
    standing, before = board.standings[place], board.standings[place - 1] if place else None
    previous = standing.environment.previous
    # Where an environment feeds two others the second has no arrow: it would come from the wrong card. The words tell.
    follows = before is not None and before.environment.name == previous
    origin = "" if previous is None else f'<p class="eyebrow">from {_say(previous)}</p>'
    rows = "\n".join(_fact(fact) for fact in facts.facts(board, standing))
    policy = " &middot; ".join(_say(words) for words in facts.policy(standing.environment))
    return f"""<li class="environment{" next" if follows else ""}">
<div class="name"><h3>{_say(standing.environment.name)}</h3>{origin}</div>
<div class="artifact">{_artifact(standing)}</div>
<div>{f"<dl>{rows}</dl>" if rows else ""}</div>
<p class="policy">{policy}</p>
</li>"""


def _artifact(standing: Standing) -> str:
    artifact = standing.artifact
    marks = "".join(f"<li>{_mark(mark)}</li>" for mark in facts.marks(standing))
    listed = f'<ul class="marks" aria-label="State">{marks}</ul>' if marks else ""
    if artifact is None:
        return f'<p class="tag none">nothing yet</p>{listed}'
    size = "tag long" if plain.width(artifact.tag) > _LONG_TAG else "tag"
    return (
        f'<p class="{size}">{_say(artifact.tag)}</p>'
        f'<p class="eyebrow">{_say(artifact.repository)}<br>{_code(facts.short_digest(artifact))}</p>{listed}'
    )


def _fact(fact: Fact) -> str:
    words = _code(fact.words) if fact.label == "source" else _say(fact.words)
    moment = "" if fact.moment is None else f" {_time(fact.moment)}"
    return (
        f'<div class="fact"><dt>{escape(fact.label.capitalize())}</dt>'
        f'<dd><span class="{fact.tone}">{words}</span>{moment}</dd>{_details(fact)}</div>'
    )


def _details(fact: Fact) -> str:
    if not fact.details:
        return ""
    # Words alone stand in the column of the value; codes with their words take the whole width.
    name = "details" if any(code for code, _ in fact.details) else "details aside"
    lines = ((_code(code) if code else "", _say(said, _LONGEST_DETAIL)) for code, said in fact.details)
    items = (f"<li>{code}{said}</li>" if code else f'<li class="more">{said}</li>' for code, said in lines)
    return f'<dd class="{name}"><ul>{"".join(items)}</ul></dd>'


def _recent(releases: tuple[Release, ...]) -> str:
    if not releases:
        return '<p class="none-yet">No release yet.</p>'
    # On a phone the style sheet shows rows as blocks, and a browser forgets that they are a table: the roles say so.
    heads = "".join(f'<th role="columnheader" scope="col">{label}</th>' for label, _ in _COLUMNS)
    rows = "\n".join(f'<tr role="row">{"".join(_cells(release))}</tr>' for release in releases)
    return f"""<table role="table" aria-labelledby="recent">
<thead role="rowgroup"><tr role="row">{heads}</tr></thead>
<tbody role="rowgroup">
{rows}
</tbody>
</table>"""


def _cells(release: Release) -> list[str]:
    contents = (
        _time(release.released_at),
        _say(release.environment),
        _mark(Mark(release.kind, "warn" if release.kind == "rollback" else "plain")),
        _say(release.artifact.tag if release.artifact else "nothing"),
        _say(release.by),
        _say(release.approved_by or ""),
        _reason(release),
        _code(facts.short_commit(release.commit)),
    )
    return [
        f'<td role="cell" class="{name}{"" if content else " empty"}" data-label="{label}"><span>{content}</span></td>'
        for (label, name), content in zip(_COLUMNS, contents, strict=True)
    ]


def _reason(release: Release) -> str:
    lifted = [_mark(Mark(f"override: {rule}", "alarm")) for rule in release.overrides]
    return " ".join([*lifted, _say(release.reason or "")]).strip()


def _mark(mark: Mark) -> str:
    return f'<span class="mark {mark.tone}">{_say(mark.words)}</span>'


def _time(moment: datetime) -> str:
    return f'<time datetime="{rfc3339(moment)}">{minute(moment)}</time>'


def _code(text: str) -> str:
    return f"<code>{_say(text)}</code>"


def _say(text: str, longest: int = _LONGEST) -> str:
    """Return foreign `text` as HTML that keeps its direction of writing to itself."""
    return f"<bdi>{escape(plain.cut(text, longest))}</bdi>" if text else ""
