"""The completion script for bash, 3.2 and later."""

from collections.abc import Iterable, Iterator

from catalogctl.cli.shells.words import OptionWord, Place, Value, common_options

_HEAD = """\
# bash completion for catalogctl, written by `catalogctl completion bash`.
# Load it in one shell: source <(catalogctl completion bash)
# In every shell: put it into ~/.local/share/bash-completion/completions/catalogctl

_catalogctl_files() {
    local IFS=$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$1"))
}

_catalogctl() {
    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"
    local place="" word index position=0 skips=0 is_piece=0
    # What holds "=", ":" or "@" arrives in pieces: `--option=value` as three words.
    if [[ $current == "=" ]]; then
        current=""
    elif [[ $previous == "=" ]]; then
        previous="${COMP_WORDS[COMP_CWORD - 2]}"
    fi
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word="${COMP_WORDS[index]}"
        if [[ $word == [=:@]* ]]; then
            is_piece=1
            continue
        fi
        if ((skips || is_piece)); then
            skips=0 is_piece=0
            continue
        fi
        case "$word" in
"""


def script(program: Place) -> str:
    """The whole script."""
    return _HEAD + "\n".join(_body(program)) + "\n"


def _body(program: Place) -> Iterator[str]:
    places = list(program.places())
    common = common_options(program)
    valued = sorted({name for place in places for option in place.options if option.value for name in option.names})
    yield f"            {'|'.join(valued)}) skips=1 ;;"
    yield "            -*) ;;"
    yield "            *)"
    yield '                case "$place $word" in'
    yield f"                    {'|'.join(_quoted(_key(place)) for place in places if place.path)})"
    yield '                        place="$place $word" ;;'
    yield "                    *) ((position++)) ;;"
    yield "                esac"
    yield "                ;;"
    yield "        esac"
    yield "    done"
    # Within an address there is nothing to offer.
    yield "    [[ $current == [:@]* || ${COMP_WORDS[COMP_CWORD - 1]} == [:@]* ]] && return"
    yield '    case "$place:$previous" in'
    for option in common:
        yield from _value_case("*", option)
    for place in places:
        for option in place.options:
            if option not in common:
                yield from _value_case(_quoted(_key(place)), option)
    yield "    esac"
    yield "    if [[ $current == -* ]]; then"
    yield f'        local options="{_names(common)}"'
    yield '        case "$place" in'
    for place in places:
        if own := _names(option for option in place.options if option not in common):
            yield f'            {_quoted(_key(place))}) options+=" {own}" ;;'
    yield "        esac"
    yield '        COMPREPLY=($(compgen -W "$options" -- "$current"))'
    yield "        return"
    yield "    fi"
    yield '    case "$place:$position" in'
    for place in places:
        yield from _words(place)
    yield "    esac"
    yield "}"
    yield ""
    yield "complete -F _catalogctl catalogctl"


def _value_case(place: str, option: OptionWord) -> Iterator[str]:
    if option.value is not None:
        patterns = "|".join(f"{place}:{name}" for name in option.names)
        yield f"        {patterns}) {_offer(option.value)}return ;;"


def _words(place: Place) -> Iterator[str]:
    if place.members:
        members = Value(name="command", choices=tuple(member.name for member in place.members))
        yield f"        {_quoted(_key(place))}:0) {_offer(members)};;"
    for position, argument in enumerate(place.arguments):
        if offer := _offer(argument.value):
            yield f"        {_quoted(_key(place))}:{'*' if argument.is_repeatable else position}) {offer};;"


def _offer(value: Value) -> str:
    if value.choices:
        return f'COMPREPLY=($(compgen -W "{" ".join(value.choices)}" -- "$current")); '
    return '_catalogctl_files "$current"; ' if value.is_file else ""


def _names(options: Iterable[OptionWord]) -> str:
    return " ".join(name for option in options for name in option.names)


def _key(place: Place) -> str:
    return "".join(f" {word}" for word in place.path)


def _quoted(text: str) -> str:
    return f'"{text}"'
