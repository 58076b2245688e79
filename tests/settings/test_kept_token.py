from pathlib import Path

from catalogctl.settings.kept_token import kept_token, token_file


def test_token_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    token, is_new = kept_token(store)
    assert is_new
    assert len(token) >= 40
    assert kept_token(store) == (token, False)
    assert token_file(store).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["store.db.token"]


def test_empty_file_is_no_token(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    token_file(store).write_text("\n")
    token, is_new = kept_token(store)
    assert is_new
    assert len(token) >= 40
