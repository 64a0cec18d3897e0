"""mail: what failed, as a page and in one line."""

import html
from typing import Final

from pipeline import outcome, pages
from pipeline.job import Job

_LONGEST: Final = 200  # of a subject: what mail programs show has less


def mail(job: Job) -> str:
    """Write mail.html, and return the subject."""
    left = outcome.read(job)
    stage = job.env.get("STAGE_NAME") or "a stage"
    summary = str(left["summary"]) if left else f"{stage} failed"
    if left and left.get("report"):
        page = (job.folder / left["report"]).read_text(encoding="utf-8")
    else:
        detail = pages.preformatted(str(left["detail"])) if left else _elsewhere(job)
        facts = pages.facts([("Stage", stage), ("Step", str(left["verb"]) if left else "")])
        page = pages.page(job, summary[:1].upper() + summary[1:], "alarm", facts, detail)
    # Jenkins' email-ext replaces ${...}, also where it is a finding's title: by the log, or by what a script says.
    (job.folder / "mail.html").write_text(page.replace("$", "&#36;"), encoding="utf-8")
    return subject(job.name, summary)


def subject(build: str, summary: str) -> str:
    """Return one line that can be no more than the subject of a mail, whatever the words are."""
    words = f"{build}: {summary}" if build else summary
    line = " ".join("".join(letter if letter.isprintable() and letter != "$" else " " for letter in words).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _elsewhere(job: Job) -> str:
    place = f'<a href="{html.escape(job.url)}console">the log of the build</a>' if job.url else "the log of the build"
    return f"<p>What it said stands in {place}.</p>"
