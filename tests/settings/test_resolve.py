from pathlib import Path

import pytest

from catalogctl.domain.errors import InvalidInput
from catalogctl.settings.resolve import Settings, resolve


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    project = tmp_path / "project" / "deep"
    project.mkdir(parents=True)
    home = tmp_path / "home"
    home.mkdir()
    return project, home


def settings(folders: tuple[Path, Path], flags: dict[str, object] | None = None, **environ: str) -> Settings:
    project, home = folders
    return resolve(flags or {}, environ=environ, cwd=project, user_file=home / "config.toml")


def test_each_layer_wins_over_the_next_and_says_so(folders: tuple[Path, Path]) -> None:
    project, home = folders
    (home / "config.toml").write_text("concurrency = 2\n")
    assert settings(folders).concurrency == 2
    (project.parent / "catalogctl.toml").write_text("concurrency = 3\n")
    assert settings(folders).concurrency == 3
    assert settings(folders, CATALOGCTL_CONCURRENCY="4").concurrency == 4
    chosen = settings(folders, {"concurrency": 5}, CATALOGCTL_CONCURRENCY="4")
    assert (chosen.concurrency, chosen.origins["concurrency"]) == (5, "flag")
    assert settings(folders).origins["concurrency"] == f"project file {project.parent / 'catalogctl.toml'}"
    assert settings(folders).origins["json"] == "default"


def test_a_relative_store_counts_from_where_it_was_written_down(folders: tuple[Path, Path]) -> None:
    project, _ = folders
    (project.parent / "catalogctl.toml").write_text('store = "data/c.db"\n')
    assert settings(folders).store == str(project.parent / "data" / "c.db")
    assert settings(folders, CATALOGCTL_STORE="c.db").store == str(project / "c.db")
    assert settings(folders, {"store": "postgresql://h/d"}).store == "postgresql://h/d"


@pytest.mark.parametrize(
    "line",
    [
        'token = "t0psecret"',
        'store = "postgresql://ann:t0psecret@db.example/catalogue"',
        'store = "postgresql://ann:#t0psecret@db.example/catalogue"',
    ],
)
def test_a_project_file_may_not_hold_a_credential(folders: tuple[Path, Path], line: str) -> None:
    project, _ = folders
    (project / "catalogctl.toml").write_text(f"{line}\n")
    with pytest.raises(InvalidInput, match="may not hold credentials") as caught:
        settings(folders)
    assert "t0psecret" not in caught.value.detail


def test_a_token_is_withheld_from_an_address_of_a_project_file_until_the_user_trusts_it(
    folders: tuple[Path, Path],
) -> None:
    project, home = folders
    file = project / "catalogctl.toml"
    file.write_text('server = "http://elsewhere.example"\n')
    withheld = settings(folders, CATALOGCTL_TOKEN="t0psecret")
    assert (withheld.server, withheld.token) == ("http://elsewhere.example", None)
    assert "not trusted" in withheld.origins["token"]
    (home / "config.toml").write_text(f'trusted_project_files = ["{file}"]\n')
    assert settings(folders, CATALOGCTL_TOKEN="t0psecret").token == "t0psecret"


def test_what_is_sent_to_a_model_is_not_decided_by_whoever_names_its_address(folders: tuple[Path, Path]) -> None:
    project, home = folders
    file = project / "catalogctl.toml"
    file.write_text('llm_url = "http://elsewhere.example"\nllm_samples = true\nllm_comments = true\n')
    withheld = settings(folders, CATALOGCTL_LLM_API_KEY="k3y")
    assert (withheld.llm_url, withheld.llm_api_key) == ("http://elsewhere.example", None)
    assert (withheld.llm_samples, withheld.llm_comments) == (False, False)
    assert "not trusted" in withheld.origins["llm_samples"]
    (home / "config.toml").write_text(f'trusted_project_files = ["{file}"]\n')
    trusted = settings(folders, CATALOGCTL_LLM_API_KEY="k3y")
    assert (trusted.llm_samples, trusted.llm_comments, trusted.llm_api_key) == (True, True, "k3y")


@pytest.mark.parametrize("name", ["store", "store_direct"])
def test_a_store_elsewhere_is_not_named_by_a_project_file_until_the_user_trusts_it(
    folders: tuple[Path, Path], name: str
) -> None:
    project, home = folders
    url = "postgresql://elsewhere.example/d"
    file = project / "catalogctl.toml"
    file.write_text(f'{name} = "{url}"\n')
    with pytest.raises(InvalidInput, match="not trusted") as caught:
        settings(folders)
    assert str(file) in caught.value.detail
    assert "trusted_project_files" in (caught.value.hint or "")
    assert getattr(settings(folders, {name: "postgresql://mine.example/d"}), name) == "postgresql://mine.example/d"
    (home / "config.toml").write_text(f'trusted_project_files = ["{file}"]\n')
    assert getattr(settings(folders), name) == url


def test_a_token_goes_to_an_address_that_the_user_gave(folders: tuple[Path, Path]) -> None:
    project, _ = folders
    (project / "catalogctl.toml").write_text('server = "http://elsewhere.example"\n')
    chosen = settings(folders, {"server": "http://mine.example"}, CATALOGCTL_TOKEN="t")
    assert (chosen.server, chosen.token) == ("http://mine.example", "t")


def test_a_limit_of_streams_may_be_none(folders: tuple[Path, Path]) -> None:
    chosen = settings(
        folders, {"max_streams": 0}, CATALOGCTL_MAX_STREAMS_PER_CLIENT="0", CATALOGCTL_MAX_STREAM_AGE="60"
    )
    assert (chosen.max_streams, chosen.max_streams_per_client, chosen.max_stream_age) == (0, 0, 60.0)


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("CATALOGCTL_CONCURRENCY", "0", "whole number above 0"),
        ("CATALOGCTL_CONCURRENCY", "many", "whole number above 0"),
        ("CATALOGCTL_TASK_DEADLINE", "nan", "number above 0"),
        ("CATALOGCTL_JSON", "maybe", "true or false"),
        ("CATALOGCTL_MAX_STREAMS", "-1", "whole number, or 0 for no limit"),
        ("CATALOGCTL_MAX_STREAMS_PER_CLIENT", "few", "whole number, or 0 for no limit"),
        ("CATALOGCTL_MAX_STREAM_AGE", "0.9", "number of seconds, 1 or more"),
        ("CATALOGCTL_MAX_STREAM_AGE", "long", "number of seconds, 1 or more"),
    ],
)
def test_a_bad_value_is_named_with_its_origin(
    folders: tuple[Path, Path], variable: str, value: str, wanted: str
) -> None:
    with pytest.raises(InvalidInput, match=wanted) as caught:
        settings(folders, **{variable: value})
    assert variable in caught.value.detail
    assert value in caught.value.detail


@pytest.mark.parametrize(
    ("name", "value"), [("concurrency", "2.9"), ("concurrency", "inf"), ("concurrency", "true"), ("max_streams", "0.5")]
)
def test_a_count_in_a_file_is_a_whole_number_too(folders: tuple[Path, Path], name: str, value: str) -> None:
    _, home = folders
    (home / "config.toml").write_text(f"{name} = {value}\n")
    with pytest.raises(InvalidInput, match=f"{name} .* must be a whole number"):
        settings(folders)


def test_a_broken_or_unknown_line_in_a_file_is_named_with_the_file(folders: tuple[Path, Path]) -> None:
    _, home = folders
    (home / "config.toml").write_text("concurency = 2\n")
    with pytest.raises(InvalidInput, match="unknown setting 'concurency'"):
        settings(folders)
    (home / "config.toml").write_text("= 2\n")
    with pytest.raises(InvalidInput, match="is not TOML"):
        settings(folders)


def test_a_token_is_never_shown(folders: tuple[Path, Path]) -> None:
    chosen = settings(folders, {"token": "t0psecret", "store": "postgresql://u:pw@h/d"})
    assert chosen.shown("token") == "set, not shown"
    assert chosen.shown("store") == "postgresql://u:***@h/d"
