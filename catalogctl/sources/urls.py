"""URLs of database servers: the driver for each, the password from the environment, what to install."""

import re
from collections.abc import Mapping

from sqlalchemy import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from catalogctl.domain.errors import SourceUnusable
from catalogctl.domain.sources import Source, masked

_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
"""The drivers of our extras, for URLs that name none."""
_ALIASES = {"postgres": "postgresql"}
_INSTALL = {
    "postgresql": "'catalogctl[postgres]'",
    "mysql": "'catalogctl[mysql]'",
    "mariadb": "'catalogctl[mysql]'",
    "mssql": "pyodbc",
    "oracle": "oracledb",
    "bigquery": "sqlalchemy-bigquery",
    "clickhouse": "clickhouse-sqlalchemy",
    "cockroachdb": "sqlalchemy-cockroachdb",
    "databricks": "databricks-sqlalchemy",
    "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy",
    "trino": "'trino[sqlalchemy]'",
}
"""What brings the driver or the dialect, by the first word of a URL."""


def parse_url(location: str) -> URL:
    """*location* as a URL that SQLAlchemy knows. Raises SourceUnusable."""
    try:
        url = make_url(location)
    except (ArgumentError, ValueError) as error:
        raise SourceUnusable(
            f"{masked(location)} is not a database URL",
            hint="Write it as postgresql://USER@HOST/DATABASE; escape special characters of a password as %40.",
        ) from error
    name = url.get_backend_name()
    if name in _ALIASES:
        url = url.set(drivername=url.drivername.replace(name, _ALIASES[name], 1))
    return url


def with_driver(url: URL) -> URL:
    """*url* with the driver that will be used. Raises SourceUnusable when it is not installed."""
    chosen = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    name = chosen.get_backend_name()
    try:
        _import_driver(chosen.get_dialect())
    except NoSuchModuleError as error:
        raise SourceUnusable(
            f"{name}:// is no kind of source that is known here",
            hint=f"Install what reads it: pip install {_INSTALL[name]}"
            if name in _INSTALL
            else "Give a path, or a URL of a database that SQLAlchemy knows and whose dialect is installed.",
        ) from error
    except ImportError as error:
        package = _INSTALL.get(name) if url.drivername in {name, _DRIVERS.get(name)} else None
        raise SourceUnusable(
            f"the driver for {name}:// is not installed",
            hint=f"Install it: pip install {package or error.name or chosen.get_driver_name()}",
        ) from error
    return chosen


def _import_driver(dialect: type[Dialect]) -> None:
    try:
        dialect.import_dbapi()
    except NotImplementedError:
        # What dialects from before SQLAlchemy 2.0 call it, which it still understands.
        former = getattr(dialect, "dbapi", None)
        if callable(former):
            former()


def password_variable(name: str) -> str:
    """The environment variable that may hold the password of the source called *name*."""
    return f"CATALOGCTL_SOURCE_{re.sub(r'[^A-Z0-9]', '_', name.upper())}_PASSWORD"


def with_password(source: Source, environ: Mapping[str, str]) -> str:
    """The location of *source*, its password taken from the environment when it names a user and none."""
    url = parse_url(source.location)
    password = environ.get(password_variable(source.name))
    if url.username and not url.password and password:
        url = url.set(password=password)
    return url.render_as_string(hide_password=False)
