"""Two files say the same when their values and the sharing between them are the same."""

import pytest
import yaml

from tagbump.kustomize import compare


def nodes(text: str) -> list[yaml.Node]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root is not None
    return [root]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: b", "{'a': \"b\"} # c"),
        ("[&x a, *x]", "[&y a, *y]"),
        ("&x [a, *x]", "&x\n- a\n- *x"),
        ("a: {b: [c]}", "a:\n  b:\n  - c"),
    ],
)
def test_another_way_to_write_it_is_the_same(before: str, after: str) -> None:
    assert compare.same(nodes(before), nodes(after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a", "b"),
        ("'1'", "1"),
        ("a: b", "a: c"),
        ("a: b", "c: b"),
        ("[a, b]", "[b, a]"),
        ("[a]", "[a, a]"),
        ("{a: b}", "[a, b]"),
        ("[]", "''"),
        ("[&x a, *x]", "[a, a]"),
        ("[a, a]", "[&x a, *x]"),
        ("[&x a, &y a, *x]", "[&x a, &y a, *y]"),
        ("{a: !x b}", "{a: !y b}"),
    ],
)
def test_another_value_order_kind_or_sharing_is_not_the_same(before: str, after: str) -> None:
    assert not compare.same(nodes(before), nodes(after))


def test_one_more_node_is_not_the_same() -> None:
    assert not compare.same(nodes("a"), nodes("a") + nodes("a"))
