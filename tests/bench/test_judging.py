"""An edit is judged by what it leaves of a file, and not by how it sets out what it was to change."""

import pytest

from bench.judging import Verdict, judge
from tagbump.model import Artifact
from tests.tagbump import ugly

OLD = Artifact("registry.example.com/team/service", "1.9", "sha256:" + "01" * 32)
NEW = Artifact("registry.example.com/team/service", "1.10", "sha256:" + "23" * 32)
BEFORE = f"""\
resources: [base] # what it is
images: # written by a tool
- name: service
  newName: {OLD.repository}
  newTag: "1.9" # keep me
  digest: {OLD.digest}
"""
AFTER = BEFORE.replace("1.9", "1.10").replace(OLD.digest, NEW.digest)


INDENTED = "\n".join(f" {line}" for line in AFTER.splitlines()) + "\n"
EDITS: dict[str, tuple[str, Verdict]] = {
    "the pins alone": (AFTER, "kept"),
    "the pins set out anew": (AFTER.replace('"1.10"', "'1.10'").replace("digest: ", "digest:\n    "), "kept"),
    "the comment of a pin lost": (AFTER.replace(" # keep me", ""), "changed"),
    "another comment lost": (AFTER.replace(" # what it is", ""), "changed"),
    "another line set out anew": (AFTER.replace("[base]", "\n- base"), "changed"),
    "a line too many": (AFTER + "kind: Kustomization\n", "changed"),
    "a line too few": (AFTER.partition("\n")[2], "changed"),
    "all indented": (INDENTED, "changed"),
    "other line ends": (AFTER.replace("\n", "\r\n"), "changed"),
    "a number for a tag": (AFTER.replace('"1.10"', "1.10"), "wrong"),
    "half of it": (AFTER.replace(NEW.digest, OLD.digest), "wrong"),
    "no YAML any more": (AFTER.replace("  newTag", "\tnewTag"), "wrong"),
    "nothing done": (BEFORE, "wrong"),
}


@pytest.mark.parametrize(("after", "verdict"), EDITS.values(), ids=EDITS)
def test_an_edit_that_sets_the_image_is_judged_by_all_the_rest(after: str, verdict: Verdict) -> None:
    assert judge(BEFORE.encode(), after.encode(), "service", OLD, NEW, refused=False) == verdict


@pytest.mark.parametrize(("after", "verdict"), [(BEFORE, "refused"), (AFTER, "wrong"), (BEFORE + "#", "wrong")])
def test_an_editor_that_refuses_has_to_leave_the_file_alone(after: str, verdict: Verdict) -> None:
    assert judge(BEFORE.encode(), after.encode(), "service", OLD, NEW, refused=True) == verdict


def test_what_an_ugly_file_is_to_become_is_judged_as_kept() -> None:
    judged = {
        judge(file.before, file.after, ugly.NAME, ugly.OLD, ugly.NEW, refused=False)
        for file in map(ugly.make, range(200))
        if file.after is not None
    }

    assert judged == {"kept"}
