"""The completion script for zsh."""

from collections.abc import Collection, Iterator

from catalogctl.cli.shells.words import ArgumentWord, OptionWord, Place, Value, common_options

_HEAD = """\
#compdef catalogctl
# zsh completion for catalogctl, written by `catalogctl completion zsh`.
# Load it in one shell: source <(catalogctl completion zsh)
# In every shell: put it as _catalogctl into a folder of $fpath.
"""
_TAIL = """\
if [[ $funcstack[1] == _catalogctl ]]; then
    _catalogctl "$@"
else
    compdef _catalogctl catalogctl
fi
"""


def script(program: Place) -> str:
    """The whole script."""
    common = common_options(program)
    everywhere = "\n".join(f"    {_option(option)}" for option in common)
    functions = ["\n".join(_function(place, common)) for place in program.places()]
    return "\n".join(
        (_HEAD, f"typeset -ga _catalogctl_everywhere=(\n{everywhere}\n)\n", "\n\n".join(functions), "", _TAIL)
    )


def _function(place: Place, common: Collection[OptionWord]) -> Iterator[str]:
    yield f"{_name(place)}() {{"
    if place.members:
        yield "    local line state"
        yield "    local -a members=("
        yield from (f"        {_quoted(f'{member.name}:{_plain(member.help)}')}" for member in place.members)
        yield "    )"
    # What follows a command belongs to that command, options too.
    specs = ["    _arguments -S" + (" -C -A '-*'" if place.members else ""), "$_catalogctl_everywhere"]
    specs += [_option(option) for option in place.options if option not in common]
    if place.members:
        specs += ["'1: :->member'", "'*:: :->rest'"]
    specs += [_argument(position, argument) for position, argument in enumerate(place.arguments, start=1)]
    yield " \\\n        ".join(specs)
    if place.members:
        yield "    case $state in"
        yield f"        member) _describe -t commands {_quoted('command')} members ;;"
        yield "        rest)"
        yield "            case $line[1] in"
        yield from (f"                {member.name}) {_name(member)} ;;" for member in place.members)
        yield "            esac"
        yield "            ;;"
        yield "    esac"
    yield "}"


def _name(place: Place) -> str:
    return "_".join(("_catalogctl", *place.path))


def _option(option: OptionWord) -> str:
    described = f"[{_bracketed(option.help)}]"
    value = "" if option.value is None else f":{_value(option.value)}"
    if option.is_repeatable:
        return " ".join(_quoted(f"*{name}{described}{value}") for name in option.names)
    if len(option.names) == 1:
        return _quoted(f"{option.names[0]}{described}{value}")
    # Names of one option exclude each other.
    group = f"({' '.join(option.names)})"
    return f"{_quoted(group)}{{{','.join(option.names)}}}{_quoted(described + value)}"


def _argument(position: int, argument: ArgumentWord) -> str:
    place = "*" if argument.is_repeatable else str(position)
    return _quoted(f"{place}:{_value(argument.value)}")


def _value(value: Value) -> str:
    name = _plain(value.name.lower())
    if value.choices:
        return f"{name}:({' '.join(value.choices)})"
    return f"{name}:_files" if value.is_file else f"{name}: "


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _bracketed(text: str) -> str:
    return _plain(text).replace("[", "\\[").replace("]", "\\]")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
