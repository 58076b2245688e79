"""The completion script for fish."""

from collections.abc import Collection, Iterator

from catalogctl.cli.shells.words import OptionWord, Place, common_options

_HEAD = """\
# fish completion for catalogctl, written by `catalogctl completion fish`.
# Load it in one shell: catalogctl completion fish | source
# In every shell: put it into ~/.config/fish/completions/catalogctl.fish

"""
_WALK = """\
# True when the words before the cursor lead to the command given as arguments.
function __catalogctl_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l place
    set -l skips 0
    for word in $words
        if test $skips = 1
            set skips 0
            continue
        end
        switch $word
"""
_WALKED = """\
            case '-*'
            case '*'
                if contains -- (string join ' ' -- $place $word) $__catalogctl_places
                    set -a place $word
                end
        end
    end
    test (string join ' ' -- $place) = (string join ' ' -- $argv)
end

complete -c catalogctl -f
"""


def script(program: Place) -> str:
    """The whole script."""
    places = list(program.places())
    valued = sorted({name for place in places for option in place.options if option.value for name in option.names})
    paths = " ".join(_quoted(" ".join(place.path)) for place in places if place.path)
    common = common_options(program)
    lines = [f"complete -c catalogctl {_option(option)}" for option in common]
    lines += [line for place in places for line in _completions(place, common)]
    switch = f"            case {' '.join(valued)}\n                set skips 1\n"
    return _HEAD + f"set -g __catalogctl_places {paths}\n\n" + _WALK + switch + _WALKED + "\n".join(lines) + "\n"


def _completions(place: Place, common: Collection[OptionWord]) -> Iterator[str]:
    here = f"complete -c catalogctl -n {_quoted(' '.join(('__catalogctl_at', *place.path)))}"
    for member in place.members:
        yield f"{here} -a {member.name} -d {_quoted(member.help)}"
    for argument in place.arguments:
        if argument.value.choices:
            yield f"{here} -a {_quoted(' '.join(argument.value.choices))}"
        elif argument.value.is_file:
            yield f"{here} -F"
    for option in place.options:
        if option not in common:
            yield f"{here} {_option(option)}"


def _option(option: OptionWord) -> str:
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    described = f"-d {_quoted(option.help)}"
    if option.value is None:
        return " ".join((*names, described))
    if option.value.choices:
        return " ".join((*names, "-x", "-a", _quoted(" ".join(option.value.choices)), described))
    return " ".join((*names, "-r -F" if option.value.is_file else "-x", described))


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
