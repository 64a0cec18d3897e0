"""Writes the scripts that complete the command's words in bash, zsh and fish, from what its parser takes. Pure."""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tagbump.names import RULE_NAMES
from tagbump.values import Value

# What completes a value, by what the help calls it. The rest only its writer knows: environments are in a repository.
_WORDS: Final[Mapping[str, Sequence[str]]] = {"RULE": RULE_NAMES}
_FILES: Final = frozenset({"FILE"})
_FOLDERS: Final = frozenset({"URL-or-path"})


class Option(Value):
    """An option by all its names. `value` is what the help calls its value, None where it has none."""

    names: tuple[str, ...]
    value: str | None
    help: str


class Verb(Value):
    """A verb. `places` are its arguments in order, each with the words that it can be, where they are known."""

    name: str
    help: str
    options: tuple[Option, ...]
    places: tuple[tuple[str, tuple[str, ...]], ...]


class Words(Value):
    """All that can be typed after the program's name."""

    options: tuple[Option, ...]
    verbs: tuple[Verb, ...]


def words_of(parser: argparse.ArgumentParser) -> Words:
    """Return what `parser` takes."""
    actions = parser._actions  # noqa: SLF001 - argparse shows them to nobody, and every completer reads them there
    verbs = next(action.choices for action in actions if isinstance(action.choices, Mapping))
    return Words(_options(actions), tuple(_verb(name, verb) for name, verb in verbs.items()))


def _verb(name: str, parser: argparse.ArgumentParser) -> Verb:
    actions = parser._actions  # noqa: SLF001 - as above
    places = ((str(a.metavar), tuple(a.choices or ())) for a in actions if not a.option_strings)
    return Verb(name, (parser.description or "").rstrip("."), _options(actions), tuple(places))


def _options(actions: Sequence[argparse.Action]) -> tuple[Option, ...]:
    return tuple(
        Option(tuple(a.option_strings), None if a.nargs == 0 else str(a.metavar or a.dest.upper()), a.help or "")
        for a in actions
        if a.option_strings
    )


def bash(words: Words) -> str:
    """Return the script for bash, 3.2 too."""
    first = " ".join([*(verb.name for verb in words.verbs), *_names(words.options)])
    verbs = [
        f'    {verb.name}) words="{" ".join([*_choices(verb), *_names(verb.options)])}" ;;' for verb in words.verbs
    ]
    valued = dict.fromkeys(option for verb in words.verbs for option in verb.options if option.value is not None)
    values = [f"    {'|'.join(option.names)}) {_bash_value(option.value or '')} ;;" for option in valued]
    return f"""\
# tagbump in bash: source <(tagbump completion bash)
_tagbump() {{
  local verb=${{COMP_WORDS[1]}} before=${{COMP_WORDS[COMP_CWORD-1]}} current=${{COMP_WORDS[COMP_CWORD]}} kind=W words
  # bash takes --option=value for three words.
  if [[ $current == "=" ]]; then current=
  elif [[ $before == "=" ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  ((COMP_CWORD > 1)) || verb=
  case $verb in
    "") words="{first}" ;;
{_joined(verbs)}
  esac
  case $before in
{_joined(values)}
  esac
  local IFS=$'\\n'
  if [[ $kind == W ]]; then COMPREPLY=($(compgen -W "${{words// /$IFS}}" -- "$current"))
  else compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen "-$kind" -- "$current"))
  fi
}}
complete -F _tagbump tagbump
"""


def _bash_value(value: str) -> str:
    if value in _FILES | _FOLDERS:
        return "kind=f" if value in _FILES else "kind=d"
    return f'words="{" ".join(_WORDS.get(value, ()))}"'


def zsh(words: Words) -> str:
    """Return the script for zsh, to be sourced or to be a file `_tagbump` on its `fpath`."""
    described = [f"      {_quoted(f'{_escaped(verb.name)}:{_escaped(verb.help)}')}" for verb in words.verbs]
    cases = []
    for verb in words.verbs:
        places = [f"{at}:{name}:{_zsh_words(known)}" for at, (name, known) in enumerate(verb.places, start=1)]
        taken = [*map(_zsh_option, verb.options), *map(_quoted, places)]
        cases += [f"      {verb.name}) _arguments -s \\", " \\\n".join(f"        {one}" for one in taken) + " ;;"]
    return f"""\
#compdef tagbump
# tagbump in zsh: source <(tagbump completion zsh)
_tagbump() {{
  local curcontext=$curcontext state line
  local -a verbs
  _arguments -C \\
{" ".join(["   ", *map(_zsh_option, words.options)])} \\
    '1:verb:->verb' '*::word:->word'
  case $state in
    verb) verbs=(
{_joined(described)}
    ); _describe verb verbs ;;
    word) case $words[1] in
{_joined(cases)}
    esac ;;
  esac
}}
if [[ $funcstack[1] == _tagbump ]]; then _tagbump "$@"; else compdef _tagbump tagbump; fi
"""


def _zsh_option(option: Option) -> str:
    text = f"[{_escaped(option.help)}]"
    if option.value is not None:
        text += f":{_escaped(option.value)}:{_zsh_value(option.value)}"
    repeated = "*" if option.value in _WORDS else f"({' '.join(option.names)})"
    return " ".join(_quoted(f"{repeated}{name}{text}") for name in option.names)


def _zsh_value(value: str) -> str:
    if value in _FILES | _FOLDERS:
        return "_files" if value in _FILES else "_files -/"
    return _zsh_words(_WORDS.get(value, ()))


def _zsh_words(words: Sequence[str]) -> str:
    return f"({' '.join(words)})" if words else " "


def fish(words: Words) -> str:
    """Return the script for fish."""
    begin = "complete -c tagbump"
    lines = ["# tagbump in fish: tagbump completion fish | source", f"{begin} -f"]
    lines += [f"{begin} -n __fish_use_subcommand {_fish_option(option)}" for option in words.options]
    for verb in words.verbs:
        lines.append(f"{begin} -n __fish_use_subcommand -a {verb.name} -d {_fish_quoted(verb.help)}")
        here = f"{begin} -n '__fish_seen_subcommand_from {verb.name}'"
        lines += [f"{here} {_fish_option(option)}" for option in verb.options]
        if known := _choices(verb):
            lines.append(f"{here} -a {_fish_quoted(' '.join(known))}")
    return "\n".join(lines) + "\n"


def _fish_option(option: Option) -> str:
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    return " ".join([*names, *_fish_value(option.value), "-d", _fish_quoted(option.help)])


def _fish_value(value: str | None) -> Iterator[str]:
    if value is None:
        return
    yield "-r"
    if value in _FILES:
        yield "-F"
    elif value in _FOLDERS:
        yield "-a '(__fish_complete_directories)'"
    elif value in _WORDS:
        yield f"-a {_fish_quoted(' '.join(_WORDS[value]))}"


def _names(options: Sequence[Option]) -> list[str]:
    return [name for option in options for name in option.names if name.startswith("--")]


def _choices(verb: Verb) -> list[str]:
    return [word for _, words in verb.places for word in words]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Return `text` for the middle of a specification of zsh's, where brackets and colons have a meaning."""
    return "".join(f"\\{sign}" if sign in "\\[]:" else sign for sign in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SCRIPTS: Final[Mapping[str, Callable[[Words], str]]] = {"bash": bash, "zsh": zsh, "fish": fish}
