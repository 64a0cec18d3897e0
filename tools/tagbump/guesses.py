"""What somebody may have meant by a word that is not known."""

from collections.abc import Collection, Iterable

_LIKE = 0.55  # by feel: near enough to take `production` for `prod`, and too far to take `history` for `status`
_LIKE_AN_OPTION = 0.7  # by feel too: options are long words, of which any two have some letters in common
_ANYWHERE = ("--help", "--version")  # nobody who writes something else means these
_MOST = 20  # of the names told at once: the file itself shows the rest


def meant(said: str, known: Iterable[str]) -> str:
    """Return `did you mean stage? ` where one of the words `known` is like what was `said`, else nothing."""
    return "".join(f"did you mean {word}? " for word in _nearest(said, known, _LIKE))


def meant_option(said: str, known: Iterable[str]) -> str:
    """Return `did you mean --source? ` where one of the options `known` is like what was `said`, or begins so."""
    names = [name.removeprefix("--") for name in known if name.startswith("--") and name not in _ANYWHERE]
    word = said.partition("=")[0].lstrip("-")
    begun = [name for name in names if word and name.startswith(word)]
    nearest = _nearest(word, begun, 0) if begun else _nearest(word, names, _LIKE_AN_OPTION)
    return "".join(f"did you mean --{name}? " for name in nearest)


def of_environments(said: str, known: Collection[str]) -> str:
    """Return which environments tagbump.yaml has, and which of them may be meant."""
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return f"{meant(said, known)}tagbump.yaml has {', '.join(list(known)[:_MOST])}{more}"


def _nearest(said: str, known: Iterable[str], like: float) -> list[str]:
    """Return the one of `known` that is nearest to what was `said`, where one is near enough."""
    import difflib  # noqa: PLC0415 - who makes no mistake must not pay for it

    return difflib.get_close_matches(said.lower(), known, n=1, cutoff=like)
