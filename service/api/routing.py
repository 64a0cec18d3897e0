"""How paths become views: the two kinds of key, and the words that paths begin with."""

import re

from flask import Flask
from werkzeug.routing import BaseConverter, Map


class ConfigKeyConverter(BaseConverter):
    """The rest of the path, slashes and all: `/config//a` is the key `/a`."""

    regex = ".+"
    part_isolating = False


class LinkKeyConverter(BaseConverter):
    """One path segment that no path registered before begins with, so that `GET /shorten` is a wrong method, no link.

    The words are in the pattern, not in `to_python`: Werkzeug would count this rule's methods into Allow all the same.
    """

    part_isolating = True

    def __init__(self, rules: Map) -> None:
        super().__init__(rules)
        words = "|".join(re.escape(word) for word in sorted(reserved_words(rules)))
        self.regex = rf"(?!(?:{words})\Z)[^/]+"


def reserved_words(rules: Map) -> frozenset[str]:
    """Return the first words of all fixed paths, in lower case: what no link may be called."""
    first = (rule.rule.split("/")[1] for rule in rules.iter_rules())
    return frozenset(word.lower() for word in first if "<" not in word)


def template(rule: str) -> str:
    """Return a rule the way OpenAPI writes it: `/config/{key}`."""
    return re.sub(r"<(?:[^:>]*:)?([^>]*)>", r"{\1}", rule)


def prepare(app: Flask) -> None:
    """Make `app` match paths exactly: no redirect for a slash too many, no answer of Flask's own to OPTIONS."""
    app.url_map.converters |= {"config_key": ConfigKeyConverter, "link_key": LinkKeyConverter}
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
