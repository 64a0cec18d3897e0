"""A release that migrates: both versions work on the new schema, and going back does not need the old one."""

import pytest

from tests.e2e.platform import Platform

pytestmark = pytest.mark.timeout(1500)


def test_old_and_new_work_on_the_migrated_database_and_the_old_one_again_after_a_rollback(whole: Platform) -> None:
    before = whole.artifact("stage")
    with whole.users("dev") as dev:
        artifact = whole.release("4.0.0", migration="0003_add_link_note")
        whole.live("dev")
    with whole.users("stage") as stage:
        whole.promote("stage")
        assert whole.sync("stage").code == 0
        whole.until(lambda: whole.weight("stage") == 25, told="25 %")
        both, schema = whole.digests("stage"), whole.schema("stage")
        whole.live("stage")
        whole.rollback("stage", "to show that it goes")
        assert whole.sync("stage").code == 0
        whole.live("stage")
    whole.rollback("dev", "to show that it goes")
    whole.live("dev")

    whole.evidence("migrations", dev, stage)
    assert {one.partition("@")[2] for one in (before, artifact)} <= both
    assert schema == whole.schema("stage") == "0003_add_link_note"
    assert whole.artifact("stage") == before
    assert (dev.failed, stage.failed) == (0, 0), (dev.wrong, stage.wrong)
