"""What somebody may have meant by a word that is not known."""

from collections.abc import Iterable


def meant(said: str, known: Iterable[str]) -> str:
    """Return `did you mean stage? ` where one of the words `known` is like what was `said`, else nothing."""
    import difflib  # noqa: PLC0415 - who makes no mistake must not pay for it

    # By feel: near enough to take `production` for `prod`, and too far to take `history` for `status`.
    for word in difflib.get_close_matches(said.lower(), known, n=1, cutoff=0.55):
        return f"did you mean {word}? "
    return ""
