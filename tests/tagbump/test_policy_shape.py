"""What has not the shape of a tagbump.yaml, or a key of it, is told with file, line and key."""

import subprocess
import sys
from pathlib import Path

import pytest

from tagbump import document, policy
from tests.tagbump.policies import KEY, complaint, from_dev, next_step


@pytest.mark.parametrize("key", ["approvers", "signers", "freeze"])
def test_an_empty_list_is_refused(key: str) -> None:
    said = complaint(from_dev(f"{key}: []"))

    assert said.startswith(f"tagbump.yaml:5: key environments.prod.{key}: is an empty list")


@pytest.mark.parametrize(
    "wrong", ["12", "1.5", "true", "null", "", "2026-01-01", "[a]", "{a: b}", "!!binary YQ==", "''"]
)
@pytest.mark.parametrize("key", ["image", "branch", "source"])
def test_a_top_key_of_the_wrong_type_is_named(key: str, wrong: str) -> None:
    said = complaint(f"environments: {{a: {{overlay: a, image: i}}}}\n{key}: {wrong}\n")

    assert said.startswith(f"tagbump.yaml:2: key {key}: takes a text")


@pytest.mark.parametrize("wrong", ["12", "1.10", "0x1F", "1.0e+3", "yes", "null", "2026-01-01", "[a]", "{a: b}", "' '"])
@pytest.mark.parametrize("key", ["image", "overlay", "application", "from", "approval", "url", "cluster"])
def test_a_key_of_an_environment_of_the_wrong_type_is_named(key: str, wrong: str) -> None:
    keys = {"from": "dev", "overlay": "k8s/overlays/prod"} | {key: wrong}

    said = complaint(
        "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev}\n  prod:\n"
        + "".join(f"    {name}: {value}\n" for name, value in keys.items())
    )

    line = 5 + list(keys).index(key)
    assert said.startswith(f"tagbump.yaml:{line}: key environments.prod.{key}: takes a text")


@pytest.mark.parametrize("wrong", ["12", "jdoe", "null", "{jdoe: x}"])
@pytest.mark.parametrize("key", ["approvers", "signers", "freeze"])
def test_a_list_of_the_wrong_type_is_named(key: str, wrong: str) -> None:
    said = complaint(from_dev(f"{key}: {wrong}"))

    assert said.startswith(f"tagbump.yaml:5: key environments.prod.{key}: takes a list")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("signers: ABCD", "tagbump.yaml:1: key signers: takes a list"),
        ("signers: [12]", "tagbump.yaml:1: key signers[0]: takes a text"),
        ("people: [jdoe]", "tagbump.yaml:1: key people: takes a mapping"),
        ("people: {jdoe: []}", "tagbump.yaml:1: key people.jdoe: is an empty list"),
        ("environments: {}", "tagbump.yaml:1: key environments: names no environment"),
        ("environments:", "tagbump.yaml:1: key environments: takes a mapping, not nothing"),
        ("people: {jdoe: jane@example.com}", "tagbump.yaml:1: key people.jdoe: takes a list"),
        ("people:\n  jdoe: [jane@example.com, 12]", "tagbump.yaml:2: key people.jdoe[1]: takes a text"),
        ("environments: [dev]", "tagbump.yaml:1: key environments: takes a mapping"),
        ("environments: dev", "tagbump.yaml:1: key environments: takes a mapping"),
        ("image: i\nenvironments:\n  dev: k8s", "tagbump.yaml:3: key environments.dev: takes a mapping"),
        ("image: i\nenvironments:\n  dev: [k8s]", "tagbump.yaml:3: key environments.dev: takes a mapping"),
        (
            from_dev("approvers: [a, 7]"),
            "tagbump.yaml:5: key environments.prod.approvers[1]: takes a text",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    overrides: [frozen]}",
            "tagbump.yaml:4: key environments.dev.overrides: takes a mapping",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    overrides: {frozen: jdoe}}",
            "tagbump.yaml:4: key environments.dev.overrides.frozen: takes a list",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    freeze: [always]}",
            "tagbump.yaml:4: key environments.dev.freeze[0]: takes a mapping",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    freeze: [{from: 16, to: 'Mon 08:00'}]}",
            "tagbump.yaml:4: key environments.dev.freeze[0].from: takes a text",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    freeze: [{from: 'Fri 16:00', to: 2026-01-01}]}",
            "tagbump.yaml:4: key environments.dev.freeze[0].to: takes a text",
        ),
        ("signers: []", "tagbump.yaml:1: key signers: is an empty list"),
        (f"signers: [{KEY},\n  ABCD]", "tagbump.yaml:2: key signers[1]: 'ABCD' is no key"),
        ("signers: [ssh-ed25519 AAAA]", "tagbump.yaml:1: key signers[0]: 'ssh-ed25519 AAAA' is no key"),
        ("cluster: true", "tagbump.yaml:1: key cluster: takes a text"),
        ("cluster: maybe", "tagbump.yaml:1: key cluster: 'maybe' is unknown: it takes required or optional"),
    ],
)
def test_what_has_another_shape_is_named_with_its_line(text: str, place: str) -> None:
    rest = "" if "environments:" in text else "\nimage: i\nenvironments: {a: {overlay: a}}"

    assert complaint(text + rest).startswith(place)


def test_a_number_is_told_to_be_quoted() -> None:
    assert complaint("image: 12\nenvironments: {a: {overlay: a}}").endswith(
        "takes a text, not '12' (quote it to make it one)"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("image: i\ncolour: red\nenvironments: {a: {overlay: a}}", "tagbump.yaml:2: key colour: is unknown here"),
        ("image: i\nenvironments:\n  a: {overlay: a,\n    colour: red}", "tagbump.yaml:4: key environments.a.colour:"),
        (
            "image: i\nenvironments:\n  a: {overlay: a,\n    freeze: [{from: Fri 16:00, to: Mon 08:00,\n    x: y}]}",
            "tagbump.yaml:5: key environments.a.freeze[0].x:",
        ),
        (
            "image: i\nenvironments:\n  a: {overlay: a,\n    Approval: required}",
            "tagbump.yaml:4: key environments.a.App",
        ),
    ],
    ids=["top", "environment", "freeze", "another case"],
)
def test_an_unknown_key_is_named(text: str, place: str) -> None:
    assert complaint(text).startswith(place)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("image: i\nenvironments: {a: {overlay: a}}\nimage: j", "tagbump.yaml:3: key image:"),
        ("image: i\nenvironments:\n  a: {overlay: a}\n  a: {overlay: b}", "tagbump.yaml:4: key environments.a:"),
        (from_dev("soak: 1m,", "soak: 2m"), "tagbump.yaml:6: key environments.prod.soak:"),
        (
            from_dev("freeze: [{from: Fri 16:00, to: Mon 08:00,", "to: x}]"),
            "tagbump.yaml:6: key environments.prod.freeze[0].to:",
        ),
        (
            "image: i\npeople: {jdoe: [a],\n  'jdoe': [b]}\nenvironments: {a: {overlay: a}}",
            "tagbump.yaml:3: key people.jdoe:",
        ),
    ],
    ids=["top", "environments", "environment", "freeze", "people"],
)
def test_a_key_that_stands_twice_is_named(text: str, place: str) -> None:
    assert complaint(text) == f"{place} stands here twice"


@pytest.mark.parametrize(
    "text",
    [
        "image: i\n? [a, b]\n: c",
        "image: i\n? {a: b}\n: c",
        "image: i\n'': c",
        "image: &i service\n<<: {branch: main}",
    ],
    ids=["list", "mapping", "empty", "merge"],
)
def test_a_key_that_is_no_plain_name_is_refused_with_its_line(text: str) -> None:
    assert complaint(text).startswith("tagbump.yaml:2: takes plain names as keys")


def test_an_environment_without_an_overlay_is_named() -> None:
    said = complaint("image: i\nenvironments:\n  dev: {overlay: a}\n  prod: {from: dev}")

    assert said == "tagbump.yaml:4: key environments.prod: overlay is missing"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (b"", policy.BEGIN),
        (b"image: i\n", policy.BEGIN),
        (b"image: i\n\tbranch: b\n", "put blanks in the place of the tab: YAML indents with nothing else"),
        (b"environments:\n\t- b\n", "put blanks in the place of the tab: YAML indents with nothing else"),
        (b"image: ]\n", "look at that line, and at the one before it: "),
        (b"image: 'i\n", "look at that line, and at the one before it: "),
        (b"image: a\nbranch: a\x07b\n", "look at that line, and at the one before it: "),
        (
            b"environments: {a: {overlay: a}}",
            "name the entry in the overlay's `images:` list here, or for all: image: ",
        ),
        (b"image: i\nenvironments: {a: {from: b}}", "name the folder of its kustomization: overlay: k8s/overlays/a"),
        (
            b"image: i\nenvironments: {a: {overlay: a, freeze: [{from: Fri 16:00}]}}",
            'write it as {from: "Fri 16:00", to: "Mon 08:00"}',
        ),
        (
            b"image: i\nenvironments: {dev: {overlay: a}, prod: {overlay: b, from: dve}}",
            "did you mean dev? tagbump.yaml has dev, prod",
        ),
    ],
)
def test_what_is_missing_or_cannot_be_read_is_told_with_the_next_step(text: bytes, step: str) -> None:
    assert next_step(text).startswith(step)


def test_the_next_step_of_a_file_that_is_not_there_is_one_that_can_be_read() -> None:
    _, _, example = policy.BEGIN.partition("\n")

    assert [(e.name, e.previous) for e in policy.parse(example.encode()).environments] == [
        ("dev", None), ("stage", "dev"), ("prod", "stage"),
    ]  # fmt: skip


def test_of_many_environments_the_next_step_names_some() -> None:
    many = "".join(f"  e{n}: {{overlay: o{n}}}\n" for n in range(1500))

    said = next_step(f"image: i\nenvironments:\n{many}  prod: {{overlay: p, from: e15000}}\n".encode())

    assert said.startswith("did you mean e1")
    assert said.endswith("e18, e19 and 1481 more")


def test_an_environment_without_an_image_is_named() -> None:
    said = complaint("environments:\n  dev: {overlay: a, image: i}\n  prod: {overlay: b}")

    assert said.startswith("tagbump.yaml:3: key environments.prod: image is missing")


def test_a_file_without_environments_names_the_key_that_is_missing() -> None:
    assert complaint("image: i") == "tagbump.yaml: key environments is missing"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("colour:\n  red: blue\nimage: i\nenvironments: {a: {overlay: a}}", "tagbump.yaml:1: key colour:"),
        (
            "image: i\nenvironments:\n  a:\n    overlay: a\n    colour:\n      - red",
            "tagbump.yaml:5: key environments.a.colour:",
        ),
        ("image: i\nenvironments:\n  UPPER:\n    overlay: a", "tagbump.yaml:3: key environments.UPPER:"),
        ("image: i\nenvironments:\n  a:\n    overlay: a\n    from: b", "tagbump.yaml:5: key environments.a"),
        ("image: i\nenvironments:\n  a:\n    overlay: a\n    from: a", "tagbump.yaml:5: key environments.a"),
        (
            "image: i\nenvironments:\n  a:\n    overlay: a\n    overrides:\n      sleep:\n        - jdoe",
            "tagbump.yaml:6: key environments.a.overrides.sleep:",
        ),
        (
            "image: i\nenvironments:\n  a:\n    overlay: a\n    freeze:\n      - from: Fri 16:00\n        to: never",
            "tagbump.yaml:7: key environments.a.freeze[0]",
        ),
        (
            "image: i\nenvironments: {a: {overlay: a, freeze: [{\n  from: Fri 16:00, to: Mon 08:00,\n  timezone: M}]}}",
            "tagbump.yaml:4: key environments.a.freeze[0]",
        ),
    ],
    ids=["unknown", "unknown in an environment", "name", "from", "cycle", "rule", "moment", "zone"],
)
def test_the_line_is_that_of_the_key_where_the_file_is_in_block_style(text: str, place: str) -> None:
    assert complaint(text).startswith(place)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "tagbump.yaml: is empty"),
        (b"# nothing but a remark\n", "tagbump.yaml: is empty"),
        (b"---\n", "tagbump.yaml:2: takes a mapping"),
        (b"- a\n", "tagbump.yaml:1: takes a mapping, not a list"),
        (b"just words\n", "tagbump.yaml:1: takes a mapping, not 'just words'"),
        (b"image: ]\n", "tagbump.yaml:1: "),
        (b"image: a\nbranch: 'b\n", "tagbump.yaml:"),
        (b"image: a\n\tbranch: b\n", "tagbump.yaml:2: "),
        (b"image: *nothing\n", "tagbump.yaml:1: "),
        (b"image: a\n---\nimage: b\n", "tagbump.yaml:2: "),
        (b"image: i\nbranch: \xff\n", "tagbump.yaml:2: is not UTF-8"),
        ("image: a\n".encode("utf-16"), "tagbump.yaml:1: is not UTF-8"),
        (b"image: a\nbranch: a\x00b\n", "tagbump.yaml:2: "),
        (b"image: a\nbranch: a\x07b\n", "tagbump.yaml:2: "),
    ],
)
def test_what_is_no_mapping_in_utf_8_is_told_with_file_and_line(text: bytes, said: str) -> None:
    assert complaint(text).startswith(said)


def padded(size: int) -> bytes:
    text = b"image: i\nenvironments: {a: {overlay: a}}\n#"
    return text + b"x" * (size - len(text))


def test_a_file_of_the_greatest_size_is_read() -> None:
    assert policy.parse(padded(document.MAX_BYTES)).environments[0].name == "a"


def road(length: int, *, first: str = "") -> bytes:
    """Return a file of so many environments, each of which takes from the one before."""
    rows = "".join(f"  e{n}: {{overlay: o{n}, from: e{n - 1}}}\n" for n in range(1, length))
    return f"image: i\nenvironments:\n  e0: {{overlay: o0{first}}}\n{rows}".encode()


def test_as_many_environments_are_read_as_the_largest_repositories_have() -> None:
    found = policy.parse(road(5000))

    assert len(found.environments) == 5000
    assert [e.name for e in found.upstream("e4999")] == [f"e{n}" for n in reversed(range(5000))]


def test_more_environments_are_refused() -> None:
    assert complaint(road(5001)) == "tagbump.yaml:2: key environments: names 5001 environments: 1 to 5000 are allowed"


def test_a_cycle_of_the_longest_road_is_found() -> None:
    assert "is a cycle: e0 <- e4999 <- e4998 <- " in complaint(road(5000, first=", from: e4999"))


def test_a_file_that_is_too_large_is_refused() -> None:
    said = complaint(padded(document.MAX_BYTES + 1))

    assert said == "tagbump.yaml: 1048577 bytes are too many: it may have 1048576"


@pytest.mark.timeout(10)
def test_an_alias_bomb_is_refused_at_once() -> None:
    levels = "".join(f"  - &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(30))

    said = complaint(f"image: i\npeople:\n  jdoe:\n  - &a0 lol\n{levels}environments: {{a: {{overlay: a}}}}")

    assert said.startswith("tagbump.yaml:1: its aliases repeat more than 200000 values")


@pytest.mark.timeout(20)
def test_a_list_that_aliases_repeat_for_every_environment_is_refused_at_once() -> None:
    names = f"&n [{'a, ' * 20_000}]"
    environments = "".join(f"  e{n}: {{overlay: o{n}, from: e0, approvers: *n}}\n" for n in range(1, 900))

    said = complaint(f"image: i\npeople: {{jdoe: {names}}}\nenvironments:\n  e0: {{overlay: o}}\n{environments}")

    assert said.startswith("tagbump.yaml:1: its aliases repeat more than 200000 values")


def test_a_mapping_that_holds_itself_is_refused() -> None:
    said = complaint("image: i\nenvironments: &e\n  a: *e")

    assert said.startswith("tagbump.yaml:")


@pytest.mark.parametrize(
    "text",
    ["b'[' * 30_000", "b'? ' * 40_000", "b'- ' * 40_000"],
    ids=["lists", "keys", "block"],
)
def test_a_file_of_endless_depth_is_an_error_and_no_crash(text: str) -> None:
    # In a process of its own: what overflows the stack of a parser written in C takes the interpreter with it.
    program = f"from tagbump import policy\ntry: policy.parse({text})\nexcept policy.ConfigurationError: print('told')"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60,
        cwd=Path(policy.__file__).parents[1],
    )  # fmt: skip

    assert (done.returncode, done.stdout.strip()) == (0, "told"), done.stderr[-500:]
