"""What strikes every environment at once: the database server dies."""

from tests.e2e.platform import ENVIRONMENTS, Platform
from tests.e2e.programs import Programs


def test_a_database_server_that_is_killed_is_used_again_once_it_is_back(whole: Platform, programs: Programs) -> None:
    with whole.turns.at(*ENVIRONMENTS), whole.users("prod") as load:
        restarts = {one: whole.restarts(one) for one in ENVIRONMENTS}
        load.pause(2)
        with programs.killed("postgres"):
            load.pause(5)
        gone = load.failed
        whole.until(load.answers_well, seconds=30, told="it came back")
        load.pause(2)
        after = {one: whole.restarts(one) for one in ENVIRONMENTS}
    whole.evidence("fault-database-server", load)

    assert gone > 0, "nobody noticed"
    assert all(after[one] and after[one].items() <= restarts[one].items() for one in ENVIRONMENTS)
