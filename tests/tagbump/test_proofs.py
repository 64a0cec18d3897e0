"""The words of a proof: written, read back, and not believed where a line is missing or stands twice."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagbump.model import Proof
from tagbump.repository import proofs
from tests.tagbump.states import V1, commit_of

RELEASE = commit_of(7)
NAME = Proof.name_for("stage", V1)
AT = datetime(2026, 3, 4, 11, 30, tzinfo=UTC)
MESSAGE = proofs.message("stage", V1, RELEASE, ["synced", "healthy", "readyz"], AT)
LINES = ["Environment", "Artifact", "Release", "Checks", "Recorded-at"]


def tag(message: str, target: str = RELEASE, kind: str = "commit") -> bytes:
    return (
        f"object {target}\ntype {kind}\ntag {NAME}\ntagger Ada <ada@example.com> 1700000000 +0000\n\n{message}".encode()
    )


def line(name: str, message: str = MESSAGE) -> str:
    return next(line for line in message.splitlines(keepends=True) if line.startswith(f"{name}: "))


def test_a_proof_says_environment_artifact_release_checks_and_time() -> None:
    assert (
        "proof(stage): 1.0.0 was seen healthy\n\n"
        f"Environment: stage\nArtifact: {V1}\nRelease: {RELEASE}\n"
        "Checks: synced, healthy, readyz\nRecorded-at: 2026-03-04T11:30:00Z\n"
    ) == MESSAGE


def test_a_proof_is_named_for_its_environment_and_the_first_of_its_digest() -> None:
    assert f"proof/stage/{V1.digest[7:19]}" == NAME


def test_a_proof_is_read_back() -> None:
    read = proofs.read(NAME, tag(MESSAGE))

    assert read == Proof(NAME, "stage", str(V1), RELEASE, RELEASE, ("synced", "healthy", "readyz"), AT)


def test_a_signed_proof_is_read_back() -> None:
    signed = MESSAGE + "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"

    assert proofs.read(NAME, tag(signed)) == proofs.read(NAME, tag(MESSAGE))


def test_the_time_is_written_in_utc() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))

    assert line("Recorded-at", proofs.message("stage", V1, RELEASE, ["x"], tokyo)) == line("Recorded-at")


@given(
    st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8})?", fullmatch=True), min_size=1, max_size=5),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - it gets a zone
)
def test_what_a_proof_says_is_read_back(checks: list[str], at: datetime) -> None:
    read = proofs.read(NAME, tag(proofs.message("stage", V1, RELEASE, checks, at)))

    assert read == Proof(NAME, "stage", str(V1), RELEASE, RELEASE, tuple(checks), at.replace(microsecond=0))


@pytest.mark.parametrize("name", LINES)
def test_a_missing_line_is_no_proof(name: str) -> None:
    assert proofs.read(NAME, tag(MESSAGE.replace(line(name), ""))) is None


@pytest.mark.parametrize("name", LINES)
def test_a_line_that_stands_twice_is_no_proof(name: str) -> None:
    assert proofs.read(NAME, tag(MESSAGE + line(name))) is None
    assert proofs.read(NAME, tag(MESSAGE + f"{name}: another\n")) is None


@pytest.mark.parametrize("name", LINES)
def test_an_empty_line_is_no_proof(name: str) -> None:
    assert proofs.read(NAME, tag(MESSAGE.replace(line(name), f"{name}: \n"))) is None


@pytest.mark.parametrize(
    "time",
    ["yesterday", "2026-03-04", "2026-03-04T11:30:00", "2026-03-04T11:30:00+01:00", "2026-02-30T11:30:00Z",
     "2026-03-04T25:30:00Z", "2026-03-04 11:30:00Z", "99999-03-04T11:30:00Z", "1772623800"],
)  # fmt: skip
def test_a_time_that_is_none_is_no_proof(time: str) -> None:
    assert proofs.read(NAME, tag(MESSAGE.replace(line("Recorded-at"), f"Recorded-at: {time}\n"))) is None


@pytest.mark.parametrize(
    "message",
    ["", "proof", MESSAGE.replace("\n\n", "\n"), MESSAGE + "\nand then some words\n", MESSAGE.lower(), MESSAGE[:60]],
    ids=["nothing", "subject", "one paragraph", "words after", "lower case", "cut off"],
)
def test_other_words_are_no_proof(message: str) -> None:
    assert proofs.read(NAME, tag(message)) is None


def test_a_lightweight_tag_stands_on_nothing() -> None:
    # The tag's name leads to the commit itself, whose message somebody wrote like a proof's.
    commit = f"tree {'1' * 40}\nauthor A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000\n\n{MESSAGE}"

    read = proofs.read(NAME, commit.encode())

    assert read is None or (read.target == "" and read.target != read.release)


def test_a_lightweight_tag_on_a_commit_with_the_header_of_a_tag_is_no_proof() -> None:
    commit = f"tree {'1' * 40}\nauthor A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000"

    read = proofs.read(NAME, f"{commit}\nobject {RELEASE}\n\n{MESSAGE}".encode())

    assert read is None or read.target != read.release


def test_a_tag_of_a_tag_does_not_stand_on_the_release() -> None:
    read = proofs.read(NAME, tag(MESSAGE, target="e" * 40, kind="tag"))

    assert read is None or read.target != read.release


@given(st.binary(max_size=200))
def test_no_bytes_are_taken_for_a_proof(data: bytes) -> None:
    assert proofs.read(NAME, data) is None
