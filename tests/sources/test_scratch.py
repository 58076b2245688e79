import subprocess
import sys
from pathlib import Path

import pytest
from real_sources import another_process

from catalogctl.sources.scratch import Scratch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="orphans are told by a lock that POSIX has")

_HOLD = """
from pathlib import Path
from catalogctl.sources.scratch import Scratch
scratch = Scratch()
Path(sys.argv[1]).write_text(str(scratch.path))
(scratch.path / "copy").write_bytes(b"large")
ready()
"""
_NEED_ONE = "from catalogctl.sources.scratch import Scratch; Scratch().path"


def test_folder_is_private_and_goes_with_all_that_is_in_it() -> None:
    scratch = Scratch()
    folder = scratch.path
    assert folder.stat().st_mode & 0o077 == 0
    (folder / "copy").write_bytes(b"large")
    scratch.close()
    assert not folder.exists()
    scratch.close()


def test_folder_of_a_killed_process_is_removed_by_the_next_and_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with another_process(_HOLD, str(tmp_path / "killed")) as killed, another_process(_HOLD, str(tmp_path / "alive")):
        orphan, in_use = (Path((tmp_path / name).read_text()) for name in ("killed", "alive"))
        killed.kill()
        killed.wait()
        assert orphan.exists()
        subprocess.run([sys.executable, "-c", _NEED_ONE], check=True, timeout=60)
        assert not orphan.exists()
        assert (in_use / "copy").exists()
