"""Makes kustomizations as ugly as people write them, each with what it must become. The same seed, the same file.

The file is put together from pieces that are told the values to show, so that `before` and `after` come from one
template and nothing here knows how tagbump edits.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tagbump.model import Artifact

NAME = "service"
OLD = Artifact("registry.example.com/team/service", "1.9", "sha256:" + "0123456789abcdef" * 4)
NEW = Artifact("registry.example.com/team/service", "1.10", "sha256:" + "fedcba9876543210" * 4)

Values = dict[str, str]
Piece = Callable[[Values], list[str]]

_COMMENTS = (
    "# keep me",
    '# newTag: "9.9.9" is not the tag',
    "# - name: service",
    "# écrit à la main, 手書き, \U0001f680\U0001f9ea",
    "#",
    "# digest: sha256:" + "9" * 64,
    "# {a: [b, 'c",
    "# trailing \\ backslash\t and tab\t",
)
# The ways to write one key stand together: a file has each key once.
_SECTIONS = (
    (
        ["resources:", "  - ../../base", "  - extra.yaml # one more"],
        ["resources: [../../base, 'extra.yaml',]"],
        ["resources:", "- ../../base", "", "# a comment at the margin", "- extra.yaml"],
    ),
    (["namespace: service-prod"], ["namespace:", "", '  "service-prod"']),
    (["nameSuffix: '-ü\U0001f600' # \U0001f600"], ["nameSuffix: -a   "]),
    (["commonLabels: &labels", "    tier: web", '    "tag": "1.10"'], ["commonLabels: {}"]),
    (["commonAnnotations: {first: &two yes, second: *two, third: 1.10, fourth: 0x1F}"],),
    (
        [
            "patches:",
            "  - target: {kind: Rollout}",
            "    patch: |-",
            "      - op: replace",
            '        newTag: "1.9"',
            "      # in",
        ],
        ["patches:", "  - patch: >+", "      images:", "      - name: service", "", ""],
    ),
    (
        [
            "configMapGenerator:",
            "  -   name: a",
            "      literals:",
            '        - "newTag=1.9"',
            "        - digest=sha256:0",
        ],
    ),
    (['"components" : [ ../../components/a ]'], ["components: &none []"]),
    (["generatorOptions:", "", "   disableNameSuffixHash: true   "],),
    (["replicas: [{name: service, count: 3}]"],),
    (["? namePrefix", ": prod-"],),
)
REFUSED = {
    "two documents": "not one YAML document",
    "a second entry": "is a second entry for 'service'",
    "a key twice": "stands here twice",
    "a key in another case": "kustomize reads this as",
    "the list's old name": "kustomize reads this as images",
    "a value with an anchor": "has an anchor or a tag",
    "a value that is an alias": "is an alias",
    "a value with a tag": "has an anchor or a tag",
    "a block of text": "is not written on one line",
    "a merged mapping": "takes plain names as keys",
    "an entry shared by an alias": "sets the image 'service' and nothing else",
    "no list": "takes a list",
    "a tab as indentation": "not one YAML document",
    "an open quote": "not one YAML document",
    "bytes that are not UTF-8": "is not UTF-8",
}
"""Why a file is refused, and what the error says then."""


@dataclass(frozen=True)
class Ugly:
    """A kustomization, and the same one with `NEW` for `NAME`; `after` is None where it must be refused."""

    seed: int
    before: bytes
    after: bytes | None
    refused_for: str


def make(seed: int) -> Ugly:
    """The file of this seed. One in five must be refused."""
    random = Random(seed)
    refused_for = random.choice(list(REFUSED)) if random.random() < 0.2 else ""
    pieces = [_section(random, ways) for ways in random.sample(_SECTIONS, random.randint(0, len(_SECTIONS)))]
    pieces.insert(random.randint(0, len(pieces)), _images(random, refused_for))
    if refused_for == "a value that is an alias":
        pieces.insert(0, lambda _: ["buildMetadata: [&one originAnnotations]"])
    pieces = [piece for one in pieces for piece in (_noise(random), one)]
    head = random.choice(([], ["---"], ["--- # start"], ["%YAML 1.1", "---"], ["# " + "=" * 70, ""]))
    tail = {"two documents": ["---", "images: []"], "the list's old name": ["imageTags: []"]}.get(refused_for, [])
    newline, mark = random.choice(("\n", "\n", "\r\n")), random.choice(("", "", "\ufeff"))
    end = random.choice(("", newline, newline, newline * 3))

    def text(values: Values) -> bytes:
        lines = [*head, *(line for piece in pieces for line in piece(values)), *tail]
        return (mark + newline.join(lines) + end).encode()

    before = text(_values(OLD))
    if refused_for == "bytes that are not UTF-8":
        before = b"# caf\xe9\n" + before
    return Ugly(seed, before, None if refused_for else text(_values(NEW)), refused_for)


def _values(artifact: Artifact) -> Values:
    return {"newName": artifact.repository, "newTag": artifact.tag, "digest": artifact.digest}


def _section(random: Random, ways: tuple[list[str], ...]) -> Piece:
    lines = random.choice(ways)
    comment = f" {random.choice(_COMMENTS)}" if random.random() < 0.1 and lines[-1].endswith("]") else ""
    return lambda _: [*lines[:-1], lines[-1] + comment]


def _noise(random: Random) -> Piece:
    lines = random.choices(("", "   ", *_COMMENTS), k=random.choice((0, 0, 1, 3)))
    return lambda _: lines


def _images(random: Random, refused_for: str) -> Piece:
    if refused_for == "no list":
        return lambda _: ["images: {name: service}"]
    if not refused_for and random.random() < 0.2:
        return _flow_list(random)
    indent = " " * random.choice((0, 2, 2, 4))
    gap = " " * random.choice((1, 1, 1, 3))
    entries = [_other(random, indent, gap, number) for number in range(random.choice((0, 1, 3, 40)))]
    place = random.randint(0, len(entries))
    flow = not refused_for and random.random() < 0.2
    entries.insert(place, (_flow_entry if flow else _entry)(random, indent, gap, refused_for))
    if refused_for == "a second entry":
        entries.append(lambda _: [f"{indent}-{gap}name: {NAME}"])
    head = f"images:{random.choice(('', ' ', '   # written by tagbump alone'))}"
    if refused_for == "an entry shared by an alias":
        return lambda values: [head, *(line for entry in entries for line in entry(values)), "shared: [*entry]"]
    return lambda values: [head, *(line for entry in entries for line in entry(values))]


def _other(random: Random, indent: str, gap: str, number: int) -> Piece:
    name = f"{random.choice(('service-', 'my.service/', 'sidecar', 'ünï'))}{number}"
    inner = f"{indent} {gap}"
    lines = random.choice(
        (
            [f"{indent}-{gap}name: {name}", f'{inner}newTag: "1.9" # same tag, another image'],
            [f"{indent}-{gap}newTag: v1.9", f"{inner}name: '{name}'", f"{inner}digest: {OLD.digest}"],
            [f"{indent}-{gap}{{name: {json.dumps(name)}, newName: {OLD.repository}}}"],
            [f"{indent}-{gap}name: {name}", "", f"{inner}# newTag: later", f"{inner}newName: {OLD.repository}"],
        )
    )
    return lambda _: lines


def _entry(random: Random, indent: str, gap: str, refused_for: str) -> Piece:
    """The entry of NAME, a key a line, some keys missing."""
    inner = f"{indent} {gap}"
    keys = ["name", "newName", "newTag", "digest"]
    random.shuffle(keys)
    present = ["name", *(key for key in keys if key != "name" and (refused_for or random.random() < 0.85))]
    shown = [(key, _key(random, key), _styled(random, key)) for key in keys if key in present]
    comments = {key: random.choices(_COMMENTS, k=random.choice((0, 0, 0, 1, 2))) for key in present[1:]}
    ends = {key: random.choice(("", "", "  ", f" {random.choice(_COMMENTS)}", f"\t{_COMMENTS[0]}")) for key in present}
    anchor = "&entry\n" + inner if refused_for == "an entry shared by an alias" else ""
    broken = random.choice([key for key in present if key in ("newTag", "digest")] or ["name"])

    def lines(values: Values) -> list[str]:
        found: list[str] = []
        for key, name, style in shown:
            value = style(values.get(key, NAME))
            if key == broken:
                value = _broken(refused_for, value, inner)
            if refused_for == "a merged mapping" and key == broken:
                found.append(f"{inner}<<: {{newTag: '1'}}")
            before = [] if not found else [inner + comment for comment in comments.get(key, [])]
            found += [*before, f"{inner}{name}{value}{ends[key] if '|' not in value else ''}"]
            if refused_for == "a key twice" and key == broken:
                found.append(f"{inner}{key}: again")
            if refused_for == "a key in another case" and key == broken:
                found.append(f"{inner}{key.lower() if key == 'newTag' else key.upper()}: again")
        if values["newTag"] == NEW.tag:
            found += [inner + _added(key, values[key]) for key in values if key not in present]
        return [f"{indent}-{gap}{anchor}{found[0][len(inner) :]}", *found[1:]]

    return lines


def _broken(refused_for: str, value: str, inner: str) -> str:
    bare = value.strip()
    return {
        "a value with an anchor": f" &here {bare}",
        "a value that is an alias": " *one",
        "a value with a tag": f" !!str {bare}",
        "a block of text": f" |-\n{inner}    text",
        "a tab as indentation": f" {bare}\n\tmore: tabs",
        "an open quote": ' "never closed',
    }.get(refused_for, value)


def _flow_entry(random: Random, indent: str, gap: str, _refused_for: str) -> Piece:
    """The entry of NAME as a mapping in braces."""
    flow = _flow(random, indent + " " + gap)
    return lambda values: f"{indent}-{gap}{flow(values)}".split("\n")


def _flow_list(random: Random) -> Piece:
    """The whole list in brackets, on one line or on several."""
    flow = _flow(random, "    ")
    start, between, end = random.choice((("[", ", ", "]"), ("[ ", " ,", " ]"), ("[\n  ", ",  # next\n  ", ",\n  ]")))
    others = [f"{{name: other-{number}, newTag: '1.9'}}" for number in range(random.choice((0, 1, 3)))]
    place = random.randint(0, len(others))
    return lambda values: f"images: {start}{between.join([*others[:place], flow(values), *others[place:]])}{end}".split(
        "\n"
    )


def _flow(random: Random, inner: str) -> Callable[[Values], str]:
    keys = ["name", "newName", "newTag", "digest"]
    random.shuffle(keys)
    present = [key for key in keys if key == "name" or random.random() < 0.85]
    styles = {key: _styled(random, key, gaps=("", " ", "  ")) for key in present}
    start, between, end = random.choice(
        (
            ("{", ", ", "}"),
            ("{ ", " , ", " }"),
            ("{", ",", ",}"),
            (f"{{\n{inner}", f",\n{inner}", f" # last\n{inner}}}"),
        )
    )

    def text(values: Values) -> str:
        fields = [f"{key}: {styles[key](values.get(key, NAME)).strip()}" for key in present]
        missing = [_added(key, values[key]) for key in values if key not in present]
        added = "".join(f", {field}" for field in missing) if values["newTag"] == NEW.tag else ""
        return f"{start}{between.join(fields)}{added}{end}"

    return text


def _added(key: str, value: str) -> str:
    return f'{key}: "{value}"' if key == "newTag" else f"{key}: {value}"


def _key(random: Random, key: str) -> str:
    return f"{key}{random.choice(('', '', '', ' '))}:"


def _styled(
    random: Random, key: str, gaps: tuple[str, ...] = (" ", " ", "   ", "\t", "\n             ")
) -> Callable[[str], str]:
    quotes = random.choice(('"', "'")) if key == "newTag" else random.choice(("", "", '"', "'"))
    gap = random.choice(gaps)
    return lambda value: f"{gap}{quotes}{value}{quotes}"
