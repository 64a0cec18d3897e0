"""The two releases of the story: what each changes in the service's code, by whom, and why."""

from dataclasses import dataclass
from typing import Final

from demo.errors import DemoFailed
from demo.people import DANA, DEVI, Person

TARGET: Final = "https://example.com/search?q=kustomize&page=2"
"""Where the story's short link leads. Its query is what the second release loses."""
CUT_TARGET: Final = "https://example.com/search"


@dataclass(frozen=True)
class Release:
    """A merged change of one file, and the `tag` of what is built of it. `old` stands in the file once."""

    tag: str
    author: Person
    message: str
    path: str
    old: str
    new: str

    def edit(self, text: str) -> str:
        """Return the file's `text` with the change in it. Raises DemoFailed where the file has moved on."""
        if text.count(self.old) != 1:
            raise DemoFailed(
                f"{self.path} has {text.count(self.old)} times, and not once, the line that the story changes:\n"
                f"  {self.old.strip()}\nnext: mend release {self.tag} in tools/demo/releases.py"
            )
        return text.replace(self.old, self.new)


FIRST: Final = Release(
    "1.0.0",
    DANA,
    "feat(links): keep redirects out of caches (#1)\n\n"
    "A browser that remembers a redirect makes no second request, and the click is not counted.\n",
    "service/api/links.py",
    '        headers["Location"] = self._url\n',
    '        headers["Location"] = self._url\n        headers["Cache-Control"] = "no-store"\n',
)

# The mistake: everything behind the question mark goes, not the campaign's parameters alone. The probes do not look
# there, and neither did whoever tried it in dev and stage.
SECOND: Final = Release(
    "1.1.0",
    DEVI,
    "feat(links): drop campaign parameters from targets (#2)\n\n"
    "Marketing's parameters are nothing that the target needs to know.\n",
    "service/api/links.py",
    "        self._url = url\n",
    '        self._url = url.partition("?")[0]  # without campaign parameters\n',
)
