"""What a kustomization says about an image, and what it says after a rewrite."""

import pytest

from tagbump.errors import ConfigurationError
from tagbump.kustomize import layout, pins
from tagbump.model import Artifact

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
V1 = Artifact("registry.example.com:5000/links", "1.9", A)
V2 = Artifact("registry.example.com:5000/links", "1.10", B)

PINNED = f"""\
# prod
images: # written by tagbump alone
  - name: links # the name in the base
    newName: registry.example.com:5000/links
    newTag: "1.9"  # keep me
    digest: {A}
namespace: links-prod
"""


def entry(*lines: str) -> bytes:
    """A kustomization with one entry, of these lines."""
    return "\n    ".join(["images:\n  - name: links", *lines]).encode()


def rewritten(text: str, artifact: Artifact = V2, name: str = "links") -> str:
    return pins.rewrite(text.encode(), name, artifact, "k.yaml").decode()


def test_the_artifact_of_an_image_is_read_whole() -> None:
    assert pins.read_artifact(PINNED.encode(), "links", "k.yaml") == V1


def test_without_new_name_the_repository_is_the_name_itself() -> None:
    artifact = pins.read_artifact(entry('newTag: "1"', f"digest: {A}"), "links", "k.yaml")

    assert artifact == Artifact("links", "1", A)


@pytest.mark.parametrize(
    "text",
    [
        "resources: []",
        "images:",
        "images: []",
        "images: [{name: other, newTag: a}]",
        "images: [{name: links}]",
        "images: [{name: links, newName: registry.example.com/links, newTag: , digest: ''}]",
    ],
)
def test_an_environment_without_an_artifact_yet_reads_as_none(text: str) -> None:
    assert pins.read_artifact(text.encode(), "links", "k.yaml") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "k.yaml: is empty"),
        (b"- a", "k.yaml:1: takes a mapping, not a list"),
        (b"a: ]", "k.yaml:1: is not one YAML document"),
        (b"a: 1\n---\nb: 2", "k.yaml:2: is not one YAML document"),
        (b"a: 1\nb: \xff", "k.yaml:2: is not UTF-8"),
        (b"\xff\xfea\x00:\x00", "is not UTF-8"),
        (b"a: \x07", "is not one YAML document"),
        (b"#" * (1 << 20) + b"\na: 1", "too many: it may have 1048576"),
        (b"[" * 100_000, "levels deep"),
        (b"a: " + b"[" * 2000 + b"]" * 2000, "levels deep"),
        (b"\nimages: {}", "k.yaml:2: key images: takes a list, not a mapping"),
        (b"images: text", "k.yaml:1: key images: takes a list, not 'text'"),
        (b"images:\n- text", "k.yaml:2: key images[0]: takes a mapping, not 'text'"),
        (b"images:\n- newTag: a", "k.yaml:2: key images[0]: name is missing"),
        (b"images: []\nimages: []", "k.yaml:2: key images: stands here twice"),
        (b"x: &x {a: b}\n<<: *x", "k.yaml:2: takes plain names as keys"),
        (b"[a]: b", "k.yaml:1: takes plain names as keys"),
        (b"images:\n- name: links\n- name: 'links'", "k.yaml:3: key images[1]: is a second entry for 'links'"),
        (entry("newTag: [a]"), "k.yaml:3: key images[0].newTag: takes a text"),
        (entry("newTag: a", "NEWTAG: b"), "k.yaml:4: key images[0].NEWTAG: kustomize reads this as newTag"),
        (b"images:\n- Name: links", "k.yaml:2: key images[0].Name: kustomize reads this as name"),
        (b"a: b\nImages: []", "k.yaml:2: key Images: kustomize reads this as images"),
        (b"images:\n- !!binary bmFtZQ==: links", "k.yaml:2: key images[0]: takes plain names as keys"),
        (entry("newTag: a"), "k.yaml:2: key images[0]: pins half an artifact: digest is missing"),
        (entry(f"digest: {A}"), "k.yaml:2: key images[0]: pins half an artifact: newTag is missing"),
        (entry("newTag: a", "digest: sha256:abc"), "k.yaml:2: key images[0]: 'sha256:abc' is no digest"),
        (entry(f"newTag: a@{A}", f"digest: {A}"), "is no image tag"),
        (entry("newTag: a", f"digest: {A}", "newName: Links:1"), "is no image repository"),
    ],
)
def test_what_is_not_one_whole_artifact_is_refused_by_file_line_and_key(text: bytes, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        pins.read_artifact(text, "links", "k.yaml")

    assert said in raised.value.message
    assert pins.find_artifact(text, "links") is None


NO_STRINGS = (
    "1.10 1e3 12345e6 0x1F 0X1F 017 08 0o17 0b11 true yes on y N 1_000 .5 1. 1.5e3 1E3 1e-3 -1 1234567 2024-01-01"
)
STRINGS = "1.2.3 v1 1.10-rc1 0o9 0x 1e NaN 3fa9c1e main"


# Each was given to kustomize 5.5 without quotes: it refuses all but the date, which PyYAML reads as one.
@pytest.mark.parametrize("tag", NO_STRINGS.split())
def test_a_bare_tag_that_some_parser_reads_as_no_string_is_refused_and_mended(tag: str) -> None:
    bare = entry(f"newTag: {tag}", f"digest: {A}", "newName: example.com/links")

    with pytest.raises(ConfigurationError, match=r"k\.yaml:3: key images\[0\]\.newTag: .* is not a string"):
        pins.read_artifact(bare, "links", "k.yaml")

    if tag[0] not in "-.":  # those are no tags at all
        artifact = Artifact("example.com/links", tag, A)
        mended = pins.rewrite(bare, "links", artifact, "k.yaml")
        assert mended == bare.replace(f"newTag: {tag}".encode(), f'newTag: "{tag}"'.encode())
        assert pins.read_artifact(mended, "links", "k.yaml") == artifact


@pytest.mark.parametrize("tag", STRINGS.split())
def test_a_bare_tag_that_every_parser_reads_as_a_string_keeps_its_bytes(tag: str) -> None:
    bare = entry(f"newTag: {tag}", f"digest: {A}")

    assert pins.rewrite(bare, "links", Artifact("links", tag, A), "k.yaml") is bare


def test_entries_are_listed_with_their_doubles_and_their_bare_numbers() -> None:
    text = b"images:\n- {name: a, newTag: 1.10}\n- {name: a, newTag: !!str 1.10}\n"

    first, second = pins.read_entries(text, "k.yaml")

    assert (first.name, first.place.path, first.place.line, second.place.line) == ("a", "images[0]", 2, 3)
    assert [layout.reads_as_string(entry.values["newTag"]) for entry in (first, second)] == [False, True]


def test_a_rewrite_moves_tag_and_digest_and_touches_nothing_else() -> None:
    assert rewritten(PINNED) == PINNED.replace('"1.9"', '"1.10"').replace(A, B)


def test_what_is_right_already_keeps_every_byte_and_its_quotes() -> None:
    text = PINNED.replace(A, f"'{A}'").replace('"1.9"', "'1.9'")

    assert rewritten(text, V1) == text


FIELDS = ["newName: registry.example.com:5000/links", 'newTag: "1.10"', f"digest: {B}"]
BLOCK = "\n    ".join(["  - name: links", *FIELDS])
FLOW = "{" + ", ".join(["name: links", *FIELDS]) + "}"
JSON = f'{{"name": "links", "newName": "registry.example.com:5000/links", "newTag": "1.10", "digest": "{B}"}}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # The list, or the entry, is missing.
        ("resources: [a]\n", f"resources: [a]\nimages:\n{BLOCK}\n"),
        ("z: 1\nresources: [a]", f"z: 1\nresources: [a]\nimages:\n{BLOCK}"),
        ("a:\n- b\n# end\n", f"a:\n- b\n# end\nimages:\n{BLOCK.replace(chr(10) + '  ', chr(10))[2:]}\n"),
        ("images:\nz: 1\n", f"images:\n{BLOCK}\nz: 1\n"),
        ("images: []  # none\nz: 1\n", f"images:  # none\n{BLOCK}\nz: 1\n"),
        ("images: [\n]\nz: 1\n", f"images:\n{BLOCK}\nz: 1\n"),
        ("images: ~\n", f"images:\n{BLOCK}\n"),
        ("  images: ~\n", "\n  ".join(f"  images:\n{BLOCK}".split("\n")) + "\n"),
        ("images:\n  - name: a # A\n# z\nz: 1", f"images:\n  - name: a # A\n{BLOCK}\n# z\nz: 1"),
        ("images:\n  - {name: a}\n", f"images:\n  - {{name: a}}\n  - {FLOW}\n"),
        ("images: [{name: a},]\n", f"images: [{{name: a}}, {FLOW},]\n"),
        ("{images: []}", f"{{images: [{FLOW}]}}"),
        ("{images: ~}", f"{{images: [{FLOW}]}}"),
        ("{}", f"{{images: [{FLOW}]}}"),
        ('{"resources": []}', f'{{"resources": [], "images": [{JSON}]}}'),
        ('{"images": [{"name": "a"}]}', f'{{"images": [{{"name": "a"}}, {JSON}]}}'),
        # Keys are missing.
        ("images:\n  - name: links\n", f"images:\n{BLOCK}\n"),
        ("images: [{name: links}]", f"images: [{FLOW}]"),
        ("images: [{name: links,}]", f"images: [{FLOW[:-1]},}}]"),
        ('{"images": [{"name": "links"}]}', f'{{"images": [{JSON}]}}'),
        (
            "images:\n-   newTag: 1.9 # t\n    # a\n    name: links # n\n    # z\n",
            f"images:\n-   {FIELDS[1]} # t\n    # a\n    name: links # n\n    {FIELDS[0]}\n    {FIELDS[2]}\n    # z\n",
        ),
        # A key is there and says nothing.
        (
            "images:\n- name: links\n  newName: # n\n  newTag:\n  digest: ''\n",
            f"images:\n- name: links\n  {FIELDS[0]} # n\n  {FIELDS[1]}\n  digest: '{B}'\n",
        ),
        # An alias is left alone; what is anchored whole may change when nobody follows it.
        (
            f"images:\n- name: &n links\n  newName: *n\n  newTag: '1'\n  digest: {A}\n",
            None,
        ),
        (
            f"images:\n- &e\n  name: links\n  {FIELDS[0]}\n  newTag: '1'\n  digest: {A}\n",
            f"images:\n- &e\n  name: links\n  {FIELDS[0]}\n  newTag: '1.10'\n  digest: {B}\n",
        ),
        # No place that is not a guess.
        ("images:\n- name: links\n  newTag: 'a\n\n    # b'\n", None),
        ("images:\n- name: links\n  newTag: |-\n    a", None),
        ("images: &i []\n", None),
        ("x: &x []\nimages: *x\n", None),
        ("x: &x [{name: a}]\nimages: *x\n", None),
        ("images: [] \nx: *unknown\n", None),
        ("images: [ # nothing yet\n]\n", None),
        ("images:\n- &a {name: a}\n- *a\n", None),
        ("images:\n- x: &a {name: a}\n  name: c\n- *a\n", None),
        ("images:\n- name: a\n  newTag: |\n    x\n", None),
        ("images:\n- # why\n  name: a\n", None),
        ("images:\n- ? name\n  : links\n", None),
        ("a: b\n...\n", None),
        ("a: |\n  b", None),
    ],
)
def test_the_first_artifact_goes_in_after_the_files_own_fashion_or_is_refused(before: str, after: str | None) -> None:
    if after is None:
        with pytest.raises(ConfigurationError, match=r"^k\.yaml:\d+: "):
            rewritten(before)
    else:
        assert rewritten(before) == after
        assert rewritten("\ufeff" + before.replace("\n", "\r\n")) == "\ufeff" + after.replace("\n", "\r\n")


@pytest.mark.parametrize("text", ["x: &x []\nimages: *x\n", "x: &x [{name: a}]\nimages: *x\n"])
def test_a_list_that_others_share_is_refused_as_what_it_is(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"k\.yaml:2: key images: is an alias"):
        rewritten(text)


@pytest.mark.parametrize("tag", ["v2", "main", "1.10"])
def test_a_tag_is_written_in_double_quotes_even_where_it_could_stand_bare(tag: str) -> None:
    after = rewritten("images: [{name: links, newTag: v1}]", Artifact("links", tag, A))

    assert f'newTag: "{tag}"' in after


def test_a_refusal_says_the_next_step() -> None:
    with pytest.raises(ConfigurationError) as raised:
        rewritten("images: [{name: links, newTag: &t '1'}]")

    assert raised.value.hint == "write the value as plain text"


def test_a_repository_that_is_the_name_needs_no_new_name() -> None:
    artifact = Artifact("links", "1", A)

    assert rewritten("a: b\n", artifact) == f'a: b\nimages:\n  - name: links\n    newTag: "1"\n    digest: {A}\n'
    assert rewritten("images: [{name: links, newName: x}]", artifact) == (
        f'images: [{{name: links, newName: links, newTag: "1", digest: {A}}}]'
    )


@pytest.mark.parametrize(
    ("name", "shown"), [("a b", '"a b"'), ("true", '"true"'), ("é", '"é"'), ("r.io/a-b", "r.io/a-b")]
)
def test_a_name_is_quoted_only_where_it_must_be(name: str, shown: str) -> None:
    assert f"- name: {shown}\n" in rewritten("a: b\n", name=name)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "bomb",
    ["\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]" for n in range(1, 40))]), "a: &a [*a]"],
    ids=["a bomb", "endless"],
)
def test_aliases_that_repeat_more_than_can_be_read_are_refused_at_once(bomb: str) -> None:
    with pytest.raises(ConfigurationError, match=r"k\.yaml:1: its aliases repeat more than 200000 values"):
        rewritten(f"{bomb}\n")


def test_aliases_that_repeat_little_are_kept() -> None:
    assert rewritten("a: &a [b]\nc: [*a, *a]\n").startswith("a: &a [b]\nc: [*a, *a]\nimages:\n")
