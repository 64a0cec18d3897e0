"""The board of `tagbump status` as one HTML page that needs nothing beside itself."""

import base64
import hashlib
from html import escape
from importlib import resources
from typing import Final

from tagbump import plain
from tagbump.board import commits, facts
from tagbump.board.facts import Fact
from tagbump.board.marks import Mark, marks
from tagbump.board.markup import code, mark, say, time
from tagbump.board.model import Board, Standing
from tagbump.changes import LONGEST_SUBJECT
from tagbump.model import Release
from tagbump.names import DOES_NOT_COUNT

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
<h1>{say(board.repository)}</h1>
<p>Branch {say(board.branch)}, as of {time(board.at)}</p>
</header>
<main>
<section aria-labelledby="environments">
<h2 id="environments">Environments, in promotion order</h2>
<ol class="flow">
{environments}
</ol>
</section>
{commits.section(board)}<section aria-labelledby="recent">
<h2 id="recent">Recent releases, newest first</h2>
<div class="panel recent">
{_recent(board.recent)}
</div>
</section>
</main>
<footer>
<p>Head commit {code(facts.short_commit(board.head))}, written {time(board.at)} by <code>tagbump status --html</code>.
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
    origin = "" if previous is None else f'<p class="eyebrow">from {say(previous)}</p>'
    rows = "\n".join(_fact(fact) for fact in facts.facts(board, standing))
    policy = " &middot; ".join(say(words) for words in facts.policy(standing.environment))
    return f"""<li class="environment{" next" if follows else ""}">
<div class="name"><h3>{say(standing.environment.name)}</h3>{origin}</div>
<div class="artifact">{_artifact(standing)}</div>
<div>{f"<dl>{rows}</dl>" if rows else ""}</div>
<p class="policy">{policy}</p>
</li>"""


def _artifact(standing: Standing) -> str:
    artifact = standing.artifact
    found = "".join(f"<li>{mark(one)}</li>" for one in marks(standing))
    listed = f'<ul class="marks" aria-label="State">{found}</ul>' if found else ""
    if artifact is None:
        return f'<p class="tag none">nothing yet</p>{listed}'
    size = "tag long" if plain.width(artifact.tag) > _LONG_TAG else "tag"
    return (
        f'<p class="{size}">{say(artifact.tag)}</p>'
        f'<p class="eyebrow">{say(artifact.repository)}<br>{code(facts.short_digest(artifact))}</p>{listed}'
    )


def _fact(fact: Fact) -> str:
    words = code(fact.words) if fact.label == "source" else say(fact.words)
    moment = "" if fact.moment is None else f" {time(fact.moment)}"
    return (
        f'<div class="fact"><dt>{escape(fact.label.capitalize())}</dt>'
        f'<dd><span class="{fact.tone}">{words}</span>{moment}</dd>{_details(fact)}</div>'
    )


def _details(fact: Fact) -> str:
    # The commits behind stand in a part of the page of their own: here they are but counted.
    details = fact.details[:1] if fact.label == "behind" else fact.details
    if not details:
        return ""
    # Words alone stand in the column of the value; codes with their words take the whole width.
    place = "details" if any(name for name, _ in details) else "details aside"
    lines = ((name, say(said, LONGEST_SUBJECT)) for name, said in details)
    items = (f"<li>{code(name)}{said}</li>" if name else f'<li class="more">{said}</li>' for name, said in lines)
    return f'<dd class="{place}"><ul>{"".join(items)}</ul></dd>'


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
        time(release.released_at),
        say(release.environment),
        mark(Mark(release.kind, "warn" if release.kind == "rollback" else "plain")),
        say(release.artifact.tag if release.artifact else "nothing"),
        say(release.by),
        say(release.approved_by or ""),
        _reason(release),
        code(facts.short_commit(release.commit)),
    )
    return [
        f'<td role="cell" class="{name}{"" if content else " empty"}" data-label="{label}"><span>{content}</span></td>'
        for (label, name), content in zip(_COLUMNS, contents, strict=True)
    ]


def _reason(release: Release) -> str:
    lifted = [mark(Mark(f"override: {rule}", "alarm")) for rule in release.overrides]
    if not release.counts:
        lifted.append(mark(Mark(DOES_NOT_COUNT, "alarm")))
    return " ".join([*lifted, say(release.reason or "")]).strip()
