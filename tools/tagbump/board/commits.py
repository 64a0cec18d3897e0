"""The part of the page that lists the source commits waiting before each environment, by type."""

from typing import Final

from tagbump import changes
from tagbump.board import facts
from tagbump.board.markup import code, say
from tagbump.board.model import Board, Standing
from tagbump.changes import LONGEST_AUTHOR, LONGEST_SUBJECT, Group

_OPEN: Final = 10  # commits that are shown without being asked for: about as many as leave the rest in sight
_MOST: Final = 100  # commits of one group: who wants more asks git


def section(board: Board) -> str:
    """Return the part; empty where no commit waits. What is many is folded up, which takes no script."""
    waiting = [standing for standing in board.standings if standing.waiting]
    if not waiting:
        return ""
    listed = "\n".join(map(_environment, waiting))
    return f"""<section aria-labelledby="commits">
<h2 id="commits">Source commits waiting, by type</h2>
<div class="panel">
{listed}
</div>
</section>
"""


def _environment(standing: Standing) -> str:
    opened = " open" if len(standing.waiting) <= _OPEN else ""
    words = f"{facts.count(len(standing.waiting), 'commit')} behind {standing.environment.previous}"
    groups = changes.grouped(standing.waiting)
    counted = ", ".join(f"<span>{len(group.changes)} {group.name}</span>" for group in groups)
    listed = "\n".join(map(_group, groups))
    return f"""<details class="commits"{opened}>
<summary><b>{say(standing.environment.name)}</b> <span>{say(words)}</span>
<span class="counts">{counted}</span></summary>
{listed}
</details>"""


def _group(group: Group) -> str:
    rows = [
        f"<li>{code(facts.short_commit(commit.hash))}<span>{say(commit.subject or '(no subject)', LONGEST_SUBJECT)} "
        f'<span class="author">{say(commit.author, LONGEST_AUTHOR)}</span></span></li>'
        for commit in (change.commit for change in group.changes[:_MOST])
    ]
    if len(group.changes) > _MOST:
        rows.append(f'<li class="more">and {len(group.changes) - _MOST} more</li>')
    tone = ' class="alarm"' if group.name == "breaking" else ""
    return f'<div class="group"><h3{tone}>{group.name}</h3><ul>{"".join(rows)}</ul></div>'
