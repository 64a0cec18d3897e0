"""Compares YAML by its nodes: what a document says, however it is written."""

import yaml


def same(before: list[yaml.Node], after: list[yaml.Node]) -> bool:
    """Whether both lists hold the same values with the same sharing between them.

    An alias is one node met twice. It is compared once, so that a bomb of aliases costs no more than its text.
    """
    if len(before) != len(after):
        return False
    pending = list(zip(before, after, strict=True))
    news: dict[int, yaml.Node] = {}
    olds: dict[int, yaml.Node] = {}
    while pending:
        old, new = pending.pop()
        if id(old) in news or id(new) in olds:
            if news.get(id(old)) is not new or olds.get(id(new)) is not old:
                return False
            continue
        news[id(old)], olds[id(new)] = new, old
        if old.tag != new.tag or len(old.value) != len(new.value):
            return False
        if isinstance(old, yaml.CollectionNode) and isinstance(new, yaml.CollectionNode):
            pending += zip(_children(old), _children(new), strict=True)
        elif type(old) is not type(new) or old.value != new.value:
            return False
    return True


def _children(node: yaml.CollectionNode) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value)
