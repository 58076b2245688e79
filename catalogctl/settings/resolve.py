"""Settings: flag > environment > project file > user file > default, and for each value where it came from."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.sources import is_url, masked, secrets_of
from catalogctl.settings.places import default_store, project_file
from catalogctl.settings.places import user_file as default_user_file

ENV_PREFIX = "CATALOGCTL_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting with its value; *origins* says of each where it came from.

    *store* is an absolute path or a URL, *store_direct* a URL that leads to the same server without a pooler;
    *task_deadline* and *llm_timeout*, which is for one call of a model, are in seconds; events are kept for *keep_days*
    days, the newest *keep_events* of them. *max_stream_age* is in seconds, None for no end; the other limits of streams
    are 0 for none.
    """

    store: str
    store_direct: str | None = None
    server: str | None = None
    token: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    concurrency: int = 1
    max_tasks_per_source: int = 0
    task_deadline: float = 300.0
    keep_events: int = 1_000_000
    keep_days: float = 30.0
    max_streams: int = 20_000
    max_streams_per_client: int = 100
    max_stream_age: float | None = None
    portable_streams: bool = False
    llm_url: str | None = None
    llm_model: str | None = None
    llm_api_key: str | None = None
    llm_provider: str | None = None
    llm_prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    llm_samples: bool = False
    llm_comments: bool = False
    llm_timeout: float = 300.0
    max_tables_per_batch: int = 15
    context_tokens: int | None = None
    origins: Mapping[str, str] = field(default_factory=dict)

    def shown(self, name: str) -> str:
        """The value of *name* as it may be shown."""
        value = getattr(self, name)
        if name in CREDENTIALS:
            return "not set" if value is None else "set, not shown"
        if isinstance(value, str):
            return masked(value)
        return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """One setting: how its text is read and whether a project file may hold it."""

    name: str
    read: Callable[[Any], Any]
    is_credential: bool = False

    @property
    def variable(self) -> str:
        return ENV_PREFIX + self.name.upper()


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text")
    return value.strip()


def _prices(value: Any) -> dict[str, dict[str, float]]:
    """Prices a million tokens in USD, by model; in a variable as JSON."""
    try:
        table = json.loads(value) if isinstance(value, str) else value
        return {
            str(model): {str(kind): float(price) for kind, price in prices.items()} for model, prices in table.items()
        }
    except (AttributeError, TypeError, ValueError):
        as_json = 'JSON such as {"MODEL": {"input": 1.5, "output": 6.0}}'
        as_toml = "a table of models, each with prices such as {input = 1.5, output = 6.0}"
        raise ValueError(as_json if isinstance(value, str) else as_toml) from None


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    try:
        return words[str(value).strip().lower()]
    except KeyError:
        raise ValueError("true or false") from None


def _count(value: Any) -> int:
    try:
        # By its text: a file also holds fractions, which would be cut off.
        number = int(str(value))
    except ValueError:
        raise ValueError("a whole number above 0") from None
    if number < 1:
        raise ValueError("a whole number above 0")
    return number


def _bound(value: Any) -> int:
    if not isinstance(value, bool) and str(value).strip() == "0":
        return 0
    try:
        return _count(value)
    except ValueError:
        raise ValueError("a whole number, or 0 for no limit") from None


def _amount(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("a number above 0") from None
    if isinstance(value, bool) or not 0 < number < float("inf"):
        raise ValueError("a number above 0")
    return number


def _age(value: Any) -> float:
    try:
        number = _amount(value)
    except ValueError:
        number = 0.0
    if number < 1:
        raise ValueError("a number of seconds, 1 or more")
    return number


_KEYS = (
    _Key(name="store", read=_text),
    _Key(name="server", read=_text),
    _Key(name="token", read=_text, is_credential=True),
    _Key(name="json", read=_flag),
    _Key(name="quiet", read=_flag),
    _Key(name="verbose", read=_flag),
    _Key(name="no_color", read=_flag),
    _Key(name="concurrency", read=_count),
    _Key(name="store_direct", read=_text),
    _Key(name="max_tasks_per_source", read=_bound),
    _Key(name="task_deadline", read=_amount),
    _Key(name="keep_events", read=_count),
    _Key(name="keep_days", read=_amount),
    _Key(name="max_streams", read=_bound),
    _Key(name="max_streams_per_client", read=_bound),
    _Key(name="max_stream_age", read=_age),
    _Key(name="portable_streams", read=_flag),
    _Key(name="llm_url", read=_text),
    _Key(name="llm_model", read=_text),
    _Key(name="llm_api_key", read=_text, is_credential=True),
    _Key(name="llm_provider", read=_text),
    _Key(name="llm_prices", read=_prices),
    _Key(name="llm_samples", read=_flag),
    _Key(name="llm_comments", read=_flag),
    _Key(name="llm_timeout", read=_amount),
    _Key(name="max_tables_per_batch", read=_count),
    _Key(name="context_tokens", read=_count),
)
KEYS = tuple(key.name for key in _KEYS)
CREDENTIALS = frozenset(key.name for key in _KEYS if key.is_credential)
_TRUSTED = "trusted_project_files"
_GUARDED = {"server": ("token",), "llm_url": ("llm_api_key", "llm_samples", "llm_comments")}
_STORES = ("store", "store_direct")


def resolve(
    flags: Mapping[str, Any], *, environ: Mapping[str, str], cwd: Path, user_file: Path | None = None
) -> Settings:
    """Decide every setting; flags that are None count as not given. Raises InvalidInput naming value and origin."""
    user_path = user_file or default_user_file()
    user = _read_toml(user_path, allowed={*KEYS, _TRUSTED})
    project_path = project_file(cwd)
    project = _read_toml(project_path, allowed=set(KEYS)) if project_path else {}
    for key in _KEYS:
        if key.name in project and (key.is_credential or secrets_of(str(project[key.name]))):
            raise InvalidInput(
                f"{project_path} sets {key.name}: a project file may not hold credentials",
                hint=f"Set {key.variable}, or put it into {user_path}.",
            )
    chosen: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for key in _KEYS:
        layers = (
            (flags.get(key.name), "flag", cwd),
            (environ.get(key.variable) or None, f"environment {key.variable}", cwd),
            (project.get(key.name), f"project file {project_path}", project_path.parent if project_path else cwd),
            (user.get(key.name), f"user file {user_path}", user_path.parent),
        )
        value, origin, folder = next((layer for layer in layers if layer[0] is not None), (None, "default", cwd))
        origins[key.name] = origin
        if value is not None:
            chosen[key.name] = _placed(key, _checked(key, value, origin), folder)
    chosen.setdefault("store", str(default_store()))
    chosen.setdefault("concurrency", os.cpu_count() or 1)
    is_trusted = _is_trusted(project_path, user)
    foreign_stores = [name for name in _STORES if _is_foreign(origins[name]) and is_url(chosen[name])]
    if foreign_stores and not is_trusted:
        # Refused and not withheld: the driver finds a password by itself, and another store is not what was meant.
        raise InvalidInput(
            f"{project_path} sets {foreign_stores[0]} to a URL, and is not trusted: passwords would go there",
            hint=f"If they may, list that file under {_TRUSTED} in {user_path}.",
        )
    for address, guarded in _GUARDED.items():
        if _is_foreign(origins[address]) and not is_trusted:
            # A stranger's checkout must not be able to send what is the user's to an address of its own.
            for name in guarded:
                chosen.pop(name, None)
                origins[name] = f"withheld: the address comes from {project_path}, which is not trusted"
    return Settings(**chosen, origins=origins)


def _is_foreign(origin: str) -> bool:
    return origin.startswith("project file ")


def _is_trusted(project_path: Path | None, user: Mapping[str, Any]) -> bool:
    trusted = user.get(_TRUSTED, [])
    return isinstance(trusted, list) and str(project_path) in trusted


def _checked(key: _Key, value: Any, origin: str) -> Any:
    try:
        return key.read(value)
    except ValueError as wanted:
        shown = "" if key.is_credential else f", not {str(value)[:80]!r}"
        raise InvalidInput(f"{key.name} ({origin}) must be {wanted}{shown}") from None


def _placed(key: _Key, value: Any, folder: Path) -> Any:
    """Relative stores count from where they were written down."""
    if key.name != "store" or is_url(value):
        return value
    return os.path.abspath(folder / Path(value).expanduser())  # noqa: PTH100 - a store may be behind a link


def _read_toml(path: Path, *, allowed: set[str]) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    # Most people have no such file, and need not wait for its reader.
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is not TOML: {error}") from None
    if unknown := sorted(set(values) - allowed):
        raise InvalidInput(
            f"{path} has an unknown setting {unknown[0]!r}", hint=f"Known: {', '.join(sorted(allowed))}."
        )
    return values
