"""What has to be put in before Jenkins works is told, all of it, and before it is needed."""

import re
from typing import Final

from tests.docs.documents import rows, section
from tests.jenkins.configuration import JENKINS, ROOT, secrets

PAGE: Final = ROOT / "docs/reference/jenkins.md"
STEPS: Final = section(PAGE, "Standing it up")
TABLES: Final = rows("\n".join(line.strip() for line in STEPS.splitlines()))
# What stands where only the installation knows what belongs there.
MISSING: Final = re.compile(r"sha256:0{64}|registry\.invalid")


def test_every_file_that_lacks_a_value_is_named_with_the_step_that_needs_it() -> None:
    named = {file for row in TABLES if row[-1].isdigit() for file in re.findall(r"`([\w/.-]+/[\w.-]+)`", row[1])}

    lacking = {
        str(path.relative_to(ROOT))
        for path in JENKINS.rglob("*")
        if path.is_file() and MISSING.search(path.read_text(encoding="utf-8"))
    }

    assert lacking | {"platform/platform.yaml", "jenkins/tagbump"} <= named


def test_no_address_is_put_together_with_the_domain() -> None:
    texts = [PAGE.read_text(encoding="utf-8"), *(path.read_text(encoding="utf-8") for path in JENKINS.rglob("*.yaml"))]

    assert not re.search(r"(jenkins|sonarqube|login)\.(DOMAIN|set-by-platform)", "\n".join(texts))


def test_tokens_are_had_before_the_secret_that_holds_them() -> None:
    before = STEPS[: STEPS.index("**The Secret** `jenkins-secrets`")]

    assert {"GIT_TOKEN", "SONAR_TOKEN"} == {name for name in secrets() if f"`{name}`" in before}


def test_the_role_that_pushes_may_sign_in_for_all_repositories_and_push_to_one() -> None:
    allowed = {action: row[-1] for row in TABLES for action in re.findall(r"`(\w+:[A-Z]\w+)`", row[-2])}

    assert allowed["ecr:GetAuthorizationToken"].startswith("`*`")
    assert allowed["ecr:PutImage"] == "`arn:aws:ecr:REGION:ACCOUNT:repository/service`"
