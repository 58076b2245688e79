"""``serve``: the pages, the event streams and the API, for browsers, other terminals, programs and machines."""

from pathlib import Path
from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.tree import Panel, command
from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.sources import is_url
from catalogctl.wiring.serving import ServeRequest, serve

_LISTEN = "Where to listen"
_ACCESS = "Whom to let in"
_STREAMS = "Event streams"


def build() -> Any:
    """The command."""
    return command(serve_store, name="serve", panel=Panel.WORK)


def serve_store(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Registered and extracted if they never were.")
    ] = None,
    *,
    host: Annotated[str, typer.Option(metavar="ADDRESS", rich_help_panel=_LISTEN, help="Listen here.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", rich_help_panel=_LISTEN, help="The port; 0 takes a free one.")
    ] = 8787,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=_LISTEN, help="Certificate, for HTTPS.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=_LISTEN, help="The certificate's key.")
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", rich_help_panel=_LISTEN, help="Show the pages in a browser.")
    ] = False,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=_ACCESS, help="Read the token from this file.")
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", rich_help_panel=_ACCESS, help="Answer under this name too; may be repeated."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", rich_help_panel=_ACCESS, help="Pages from here may call; may be repeated."),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK", rich_help_panel=_ACCESS, help="Believe this proxy; may be repeated."),
    ] = None,
    max_streams: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", rich_help_panel=_STREAMS, help="Streams at a time; 20,000, 0 for no limit."),
    ] = None,
    max_streams_per_client: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", rich_help_panel=_STREAMS, help="Those of one address; 100, 0 for no limit."),
    ] = None,
    max_stream_age: Annotated[
        float | None,
        typer.Option(min=1, metavar="SECONDS", rich_help_panel=_STREAMS, help="End streams after so long at most."),
    ] = None,
    portable_streams: Annotated[
        bool, typer.Option("--portable-streams", rich_help_panel=_STREAMS, help="Keep streams on plain ASGI.")
    ] = False,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help="Work on so many tables at once; as many as cores.")
    ] = None,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Leave the work to `catalogctl worker` processes.")
    ] = False,
) -> int:
    """Serve the catalogue: web pages, live event streams and the JSON API, with a worker of its own.

    On 127.0.0.1 no token is needed; on any other address one is made if none is given.
    """
    token = None if token_file is None else _token_in(token_file)
    call = Invocation.of(
        context,
        is_service=True,
        concurrency=concurrency,
        max_streams=max_streams,
        max_streams_per_client=max_streams_per_client,
        max_stream_age=max_stream_age,
        portable_streams=portable_streams or None,
        **({} if token is None else {"token": token}),
    )
    request = ServeRequest(
        sources=[_placed(source) for source in sources or ()],
        host=host,
        port=port,
        allow_hosts=tuple(allow_host or ()),
        allow_origins=tuple(allow_origin or ()),
        trusted_proxies=tuple(trusted_proxy or ()),
        tls_cert=tls_cert,
        tls_key=tls_key,
        has_worker=not no_worker,
        opens_browser=open_,
    )
    return serve(call.settings, request, talk=call.output.say)


def _token_in(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise InvalidInput(f"the token cannot be read from {file}: {reason}") from None
    if not token:
        raise InvalidInput(f"{file} holds no token")
    return token


def _placed(source: str) -> str:
    """A path as an absolute one; of a bare word only the store can tell whether it is a name."""
    is_word = source != "" and not arguments.is_surely_path(source)
    return source if is_url(source) or is_word else arguments.absolute(source)
