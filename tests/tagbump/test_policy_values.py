"""What a tagbump.yaml asks for and can't be followed is told with file, line and key."""

import pytest

from tests.tagbump.policies import KEY, complaint, from_dev, parse


def test_signers_are_of_no_use_where_an_environment_before_names_none() -> None:
    said = complaint(f"""\
        image: service
        environments:
          dev: {{overlay: a}}
          stage: {{overlay: b, from: dev}}
          prod: {{overlay: c, from: stage, signers: [{KEY}]}}
        """)

    assert said.startswith("tagbump.yaml:5: key environments.prod: signers: stage, where its artifacts come from")


@pytest.mark.parametrize("order", [("dev", "stage", "prod"), ("prod", "stage", "dev"), ("stage", "prod", "dev")])
def test_signers_are_of_no_use_where_an_environment_further_back_names_none(order: tuple[str, ...]) -> None:
    keys = {
        "dev": "overlay: a",
        "stage": f"overlay: b, from: dev, signers: [{KEY}]",
        "prod": f"overlay: c, from: stage, signers: [{KEY}]",
    }

    said = complaint("image: i\nenvironments:\n" + "".join(f"  {name}: {{{keys[name]}}}\n" for name in order))

    assert "signers: dev, where its artifacts come from, names none" in said


@pytest.mark.parametrize("key", ["approval: required", "approvers: [jdoe]", "soak: 30m"])
def test_what_only_a_promotion_asks_for_is_refused_without_from(key: str) -> None:
    said = complaint(f"image: i\nenvironments:\n  dev: {{overlay: a,\n    {key}}}")

    assert said.startswith(f"tagbump.yaml:4: key environments.dev.{key.partition(':')[0]}: is never asked for")


@pytest.mark.parametrize(
    ("other", "refused"),
    [("overlay: a", True), ("overlay: a, image: i", True), ("overlay: a, image: j", False), ("overlay: b", False)],
)
def test_two_environments_cannot_have_one_pin(other: str, refused: bool) -> None:
    text = f"image: i\nenvironments:\n  dev: {{overlay: a}}\n  prod: {{from: dev, {other}}}\n"

    if refused:
        assert complaint(text).startswith("tagbump.yaml:4: key environments.prod.overlay: dev has it too")
    else:
        assert len(parse(text).environments) == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("branch: --upload-pack=evil", "tagbump.yaml:1: key branch: '--upload-pack=evil' is no name of a branch"),
        ("branch: 'main:refs/heads/other'", "tagbump.yaml:1: key branch: 'main:refs/heads/other' is no name"),
        ("branch: a..b", "tagbump.yaml:1: key branch: 'a..b' is no name"),
        ("branch: '*'", "tagbump.yaml:1: key branch: '*' is no name"),
        ("source: --upload-pack=evil", "tagbump.yaml:1: key source: '--upload-pack=evil' is no address"),
        ("source: ext::sh -c id", "tagbump.yaml:1: key source: 'ext::sh -c id': remote helpers are not used"),
    ],
)
def test_what_git_could_take_for_something_else_is_refused(text: str, place: str) -> None:
    assert complaint(f"{text}\nimage: i\nenvironments: {{a: {{overlay: a}}}}").startswith(place)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from: nowhere", "there is no environment 'nowhere'"),
        ("from: prod", "is a cycle: prod <- prod"),
        ("from: Dev", "there is no environment 'Dev'"),
    ],
    ids=["unknown", "itself", "another case"],
)
def test_a_from_that_leads_nowhere_is_named(text: str, said: str) -> None:
    message = complaint(f"image: i\nenvironments:\n  dev: {{overlay: a}}\n  prod: {{overlay: b, {text}}}")

    assert message == f"tagbump.yaml:4: key environments.prod.from: {said}"


def test_a_cycle_is_told_with_everyone_in_it() -> None:
    said = complaint("""\
        image: i
        environments:
          zero: {overlay: z}
          one: {overlay: a, from: three}
          two: {overlay: b, from: one}
          three: {overlay: c, from: two}
        """)

    assert said == "tagbump.yaml:4: key environments.one.from: is a cycle: one <- three <- two <- one"


def test_a_cycle_further_up_is_found() -> None:
    said = complaint("""\
        image: i
        environments:
          last: {overlay: a, from: one}
          one: {overlay: b, from: two}
          two: {overlay: c, from: one}
        """)

    assert "is a cycle: " in said


@pytest.mark.parametrize(
    "name",
    ["-x", "x-", ".x", "x.", "a..b", "a.lock", "UPPER", "a/b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a@{b",
     "ä", "x" * 64, "a\tb", "$(id)", "--help"],
)  # fmt: skip
def test_a_name_that_would_break_refs_or_options_is_refused(name: str) -> None:
    said = complaint(f"image: i\nenvironments:\n  {name!r}: {{overlay: a}}")

    assert said.startswith("tagbump.yaml:3: key environments.")
    assert "is no name for an environment" in said


@pytest.mark.parametrize(
    "path",
    ["/etc", "/", "..", ".", "../up", "k8s/../..", "k8s/..", "./k8s", "k8s/./dev", "k8s//dev", "k8s/dev/", "k8s\\dev",
     "..\\up", ".git", ".git/hooks", "k8s/.git/x"],
)  # fmt: skip
def test_an_overlay_outside_of_the_repository_is_refused(path: str) -> None:
    said = complaint(f"image: i\nenvironments:\n  a:\n    overlay: '{path}'")

    assert said.startswith("tagbump.yaml:4: key environments.a.overlay:")
    assert "is no folder of this repository" in said


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("soak: half an hour", "soak: 'half an hour' is no duration"),
        ("soak: 30", "soak: '30' is no duration: write 30s, 10m, 1h or 2d"),
        ("soak: 1.5", "soak: '1.5' is no duration: write 30s, 10m, 1h or 2d"),
        ("soak: 0x1F", "soak: '0x1F' is no duration"),
        ("soak: yes", "soak: takes a text"),
        ("soak: null", "soak: takes a text"),
        ("soak: 2026-01-01", "soak: takes a text"),
        ("soak: [a]", "soak: takes a text"),
        ("soak: {a: b}", "soak: takes a text"),
        ("soak: ' '", "soak: takes a text"),
        ("soak: '30'", "soak: '30' is no duration"),
        ("soak: -30m", "soak: '-30m' is no duration"),
        ("soak: 1h30m", "soak: '1h30m' is no duration"),
        ("approval: maybe", "approval: 'maybe' is unknown: it takes none, required, four-eyes"),
        ("approval: Required", "approval: 'Required' is unknown"),
        ("application: service-dev", "application: 'service-dev' is no Application: write it as NAMESPACE/NAME"),
        ("application: a/b/c", "application: 'a/b/c' is no Application: write it as NAMESPACE/NAME"),
        ("application: a/B", "application: 'a/B' is no Application: write it as NAMESPACE/NAME"),
        ("application: --all/x y", "application: '--all/x y' is no Application: write it as NAMESPACE/NAME"),
        ("overrides: {digest: [jdoe]}", "overrides.digest: 'digest' is no rule"),
        ("overrides: {Frozen: [jdoe]}", "overrides.Frozen: 'Frozen' is no rule"),
        ("cluster: always", "cluster: 'always' is unknown"),
        ("url: ftp://example.com", "url: an address begins with http"),
        ("url: file:///etc/passwd", "url: an address begins with http"),
        ("url: example.com", "url: an address begins with http"),
        ("url: 'https://'", "url: an address begins with http"),
        ("url: 'https://:8080/'", "url: an address begins with http"),
        ("url: https://user:secret@example.com", "url: an address begins with http"),
        ("url: https://user@example.com", "url: an address begins with http"),
        ("url: https://@example.com", "url: an address begins with http"),
        ("url: 'http://[::1'", "url: "),
    ],
)
def test_a_value_that_cannot_be_followed_is_named(keys: str, place: str) -> None:
    assert complaint(from_dev(keys)).startswith(f"tagbump.yaml:5: key environments.prod.{place}")


def test_the_password_of_a_url_is_not_repeated() -> None:
    said = complaint("image: i\nenvironments: {a: {overlay: a, url: 'https://user:hunter2@example.com'}}")

    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("to: 'Mon 08:00'", ": from is missing"),
        ("from: 'Fri 16:00'", ": to is missing"),
        ("from: 'Fri 16:00', to: 'Mon 8:00'", ".to: 'Mon 8:00' is no time"),
        ("from: 'Fri 24:00', to: 'Mon 08:00'", ".from: 'Fri 24:00' is no time"),
        ("from: 'Fri 16:60', to: 'Mon 08:00'", ".from: 'Fri 16:60' is no time"),
        ("from: 'Fry 16:00', to: 'Mon 08:00'", ".from: 'Fry 16:00' is no time"),
        ("from: 'Friday 16:00', to: 'Mon 08:00'", ".from: 'Friday 16:00' is no time"),
        ("from: 'Fri', to: 'Mon 08:00'", ".from: 'Fri' is no time"),
        ("from: '2026-12-23', to: '2027-01-04 08:00'", ".from: '2026-12-23' is no time"),
        ("from: '2026-12-23 18:00', to: '2026-12-23 18:00'", ": the window ends (2026-12-23 18:00) before it begins"),
        ("from: '2026-12-23 18:00', to: '2026-12-23 17:59'", ": the window ends (2026-12-23 17:59) before it begins"),
        ("from: '2026-13-23 18:00', to: '2027-01-04 08:00'", ".from: "),
        ("from: '2026-02-20 18:00', to: '2026-02-30 08:00'", ".to: "),
        ("from: 'Fri 16:00', to: '2027-01-04 08:00'", ": 'Fri 16:00' and '2027-01-04 08:00': a window begins and ends"),
        ("from: '2027-01-04 08:00', to: 'Fri 16:00'", ": '2027-01-04 08:00' and 'Fri 16:00': a window begins and ends"),
        ("from: 'Fri 16:00', to: 'Mon 08:00', timezone: Mars/Olympus", ".timezone: 'Mars/Olympus' is no time zone"),
        ("from: 'Fri 16:00', to: 'Mon 08:00', timezone: Europe", ".timezone: 'Europe' is no time zone"),
        ("from: 'Fri 16:00', to: 'Mon 08:00', timezone: ../../etc/x", ".timezone: '../../etc/x' is no time zone"),
        ("from: 'Fri 16:00', to: 'Mon 08:00', timezone: /etc/localtime", ".timezone: '/etc/localtime' is no time zone"),
        (f"from: 'Fri 16:00', to: 'Mon 08:00', timezone: {'x' * 300}", ".timezone: 'xxx"),
    ],
)
def test_a_freeze_that_cannot_be_followed_is_named(window: str, said: str) -> None:
    message = complaint(from_dev(f"freeze: [{{{window}}}]"))

    assert message.startswith(f"tagbump.yaml:5: key environments.prod.freeze[0]{said}")


@pytest.mark.parametrize("escape", [r"\0", r"\a", r"\e", r"\n", r"\r", r"\x7F", r"\x9B", r"\N", r"\L", r"\P"])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('environments: {a: {overlay: a}}\nimage: "i%s"', "tagbump.yaml:2: key image:"),
        ('image: i\nenvironments:\n  a: {overlay: "a%s"}', "tagbump.yaml:3: key environments.a.overlay:"),
        (
            from_dev('approvers: ["jdoe%s"]'),
            "tagbump.yaml:5: key environments.prod.approvers[0]:",
        ),
    ],
    ids=["image", "overlay", "approvers"],
)
def test_a_control_character_is_refused_where_it_stands(text: str, place: str, escape: str) -> None:
    assert complaint(text % escape) == f"{place} takes a text of one line, and not an empty one"
