from catalogctl.cli.exits import EXIT_OF, MEANINGS, Exit, exit_of_error, exit_of_outcome
from catalogctl.domain.errors import CatalogctlError, error_from_code
from catalogctl.domain.runs import FINAL
from catalogctl.server.problems import STATUS_OF

# What scripts rely on: from a class of HTTP answers to the exit status.
EXIT_OF_STATUS = {
    400: 2,
    401: 4,
    403: 4,
    404: 5,
    409: 6,
    422: 2,
    429: 69,
    500: 70,
    502: 70,
    503: 69,
}


def _every_code(root: type[CatalogctlError]) -> set[str]:
    return {root.code} | {code for child in root.__subclasses__() for code in _every_code(child)}


def test_every_error_has_an_exit_status() -> None:
    assert _every_code(CatalogctlError) <= set(EXIT_OF) | {"body_too_slow"}


def test_errors_end_alike_with_a_server_in_between_and_without() -> None:
    own = {"stream_lost": Exit.STREAM_LOST, "timeout": Exit.TIMEOUT}
    for code, status in STATUS_OF.items():
        if code not in own and status in EXIT_OF_STATUS:
            assert EXIT_OF[code] == EXIT_OF_STATUS[status], code
    for code, status in own.items():
        assert EXIT_OF[code] == status


def test_an_error_of_a_newer_server_is_internal() -> None:
    assert exit_of_error(error_from_code("from_the_future", "x")) == Exit.INTERNAL
    assert exit_of_error(error_from_code("run_ambiguous", "x")) == 5


def test_every_outcome_and_every_status_means_something() -> None:
    assert {status: int(exit_of_outcome(status)) for status in FINAL} == {"completed": 0, "failed": 1, "cancelled": 3}
    assert set(MEANINGS) == set(Exit)
    assert set(EXIT_OF.values()) <= set(Exit)
