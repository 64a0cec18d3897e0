"""How paths become views: the two kinds of key, and the words that paths begin with."""

import re
from functools import cached_property

from flask import Flask
from werkzeug.routing import BaseConverter, Map, ValidationError


class ConfigKeyConverter(BaseConverter):
    """The rest of the path, slashes and all: `/config//a` is the key `/a`."""

    regex = ".+"
    part_isolating = False


class LinkKeyConverter(BaseConverter):
    """One path segment that no other path begins with, so that `GET /shorten` is a wrong method and not a link."""

    part_isolating = True
    regex = "[^/]+"

    @cached_property
    def _reserved(self) -> frozenset[str]:
        return reserved_words(self.map)

    def to_python(self, value: str) -> str:
        """Return the segment. Raises ValidationError, which is a 404, or a 405 where another path matches."""
        if value.lower() in self._reserved:
            raise ValidationError
        return value


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
