"""The demo file is there, whole, or not at all."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from service import demo, seed
from service.security import token_sha256
from telemetry import ConfigurationError

PREPARE = "import sys, pathlib; from service import demo; demo.prepare(pathlib.Path(sys.argv[1]))"
KILLED = """
import os, signal, sys, pathlib
from service import demo, seed
from service.security import token_sha256
fill = seed.fill
def fill_and_die(connection, tokens):
    fill(connection, tokens)
    os.kill(os.getpid(), signal.SIGKILL)
seed.fill = fill_and_die
demo.prepare(pathlib.Path(sys.argv[1]))
"""


def run(program: str, file: Path) -> int:
    return subprocess.run([sys.executable, "-c", program, str(file)], check=False).returncode


def brands(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT count(*) FROM brands").fetchone()[0])


def rename_a_brand(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE brands SET name = 'Mine' WHERE id = 1")


def has_my_brand(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT 1 FROM brands WHERE name = 'Mine'").fetchone() is not None


def test_a_start_that_was_killed_in_mid_seed_leaves_no_file_and_the_next_one_recovers(tmp_path: Path) -> None:
    file = tmp_path / "demo.sqlite3"

    assert run(KILLED, file) == -signal.SIGKILL
    assert not file.exists()
    demo.prepare(file)
    assert brands(file) == seed.BRANDS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.lock", "demo.sqlite3"]


def test_two_starts_at_once_make_one_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "demo.sqlite3"
    with ThreadPoolExecutor() as pool:
        codes = list(pool.map(run, [PREPARE] * 2, [file] * 2))

    assert codes == [0, 0]
    assert brands(file) == seed.BRANDS


def test_a_file_that_is_there_keeps_what_was_changed_in_it(demo_dir: Path) -> None:
    file = demo_dir / "demo.sqlite3"
    rename_a_brand(file)
    demo.prepare(file)

    assert has_my_brand(file)


def test_a_file_whose_service_was_killed_keeps_what_was_committed(demo_dir: Path) -> None:
    file = demo_dir / "demo.sqlite3"
    program = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode = WAL');"
        "c.execute(\"UPDATE brands SET name = 'Mine' WHERE id = 1\"); c.commit(); os.kill(os.getpid(), 9)"
    )
    assert run(program, file) == -signal.SIGKILL
    assert (demo_dir / "demo.sqlite3-wal").stat().st_size > 0
    demo.prepare(file)

    assert has_my_brand(file)


def damaged(file: Path) -> None:
    file.write_bytes(b"no database" * 1_000)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def half_seeded(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE brands (id INTEGER)")


def of_another_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from the future'")


@pytest.mark.parametrize("spoil", [damaged, empty, half_seeded, of_another_version])
def test_a_file_that_is_no_demo_database_is_set_aside(demo_dir: Path, spoil: object) -> None:
    file = demo_dir / "demo.sqlite3"
    assert callable(spoil)
    spoil(file)
    spoiled = file.read_bytes()
    demo.prepare(file)

    assert brands(file) == seed.BRANDS
    assert (demo_dir / "demo.sqlite3.old").read_bytes() == spoiled


def test_the_log_of_a_file_that_was_removed_is_not_applied_to_the_new_one(demo_dir: Path) -> None:
    file = demo_dir / "demo.sqlite3"
    rest = demo_dir / "demo.sqlite3-wal"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE brands SET name = 'Mine' WHERE id = 1")
        connection.commit()
        shutil.copy(rest, demo_dir / "kept")
    file.unlink()
    (demo_dir / "kept").rename(rest)
    demo.prepare(file)

    assert brands(file) == seed.BRANDS
    assert not has_my_brand(file)


def test_a_file_that_is_locked_is_left_alone(demo_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = demo_dir / "demo.sqlite3"
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", partial(connect, timeout=0.01))
    with closing(connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ConfigurationError, match=r"DEMO_DATA_DIR.*locked"):
            demo.prepare(file)

    assert not (demo_dir / "demo.sqlite3.old").exists()


@pytest.mark.parametrize("directory", ["a file", "a file/below"])
def test_a_directory_that_cannot_be_used_is_one_line(tmp_path: Path, directory: str) -> None:
    (tmp_path / "a file").write_text("")

    with pytest.raises(ConfigurationError, match=r"^DEMO_DATA_DIR=.*: give a directory that may be written"):
        demo.prepare(tmp_path / directory / "demo.sqlite3")


def test_a_lock_that_nobody_gives_back_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_LOCK_SECONDS", 0.05)
    with demo._locked(tmp_path / "demo.lock"), pytest.raises(ConfigurationError, match="DEMO_DATA_DIR"):
        demo.prepare(tmp_path / "demo.sqlite3")


def test_the_demo_tokens_are_in_the_demo_file_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{other}"}
    run = subprocess.run(
        [sys.executable, "-m", "service", "seed"], env=environ, capture_output=True, text=True, check=True
    )

    assert "demo-user" not in run.stdout
    with closing(sqlite3.connect(other)) as connection:
        hashes = {each for (each,) in connection.execute("SELECT token_sha256 FROM users")}
    assert len(hashes) == 2
    assert hashes.isdisjoint({token_sha256(token) for token in (demo.USER_TOKEN, demo.ADMIN_TOKEN)})
