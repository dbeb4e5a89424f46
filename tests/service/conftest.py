"""The service on a demo file of its own for each test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import demo
from service.main import create_app
from service.settings import Settings

Start = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def _bare_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("seeded") / "demo.sqlite3"
    demo.prepare(file)
    return file


@pytest.fixture
def demo_dir(tmp_path: Path, seeded_file: Path) -> Iterator[Path]:
    shutil.copy(seeded_file, tmp_path)
    yield tmp_path
    # pytest keeps the directories of its last runs, and this is one copy for each test.
    for file in tmp_path.glob("demo.sqlite3*"):
        file.unlink()


@pytest.fixture
def start(demo_dir: Path) -> Iterator[Start]:
    """Starts the service under some settings; each answers as if it listened on this machine."""
    with ExitStack() as stack:

        def start(**values: Any) -> TestClient:
            app = create_app(Settings(demo_data_dir=demo_dir, **values))
            return stack.enter_context(TestClient(app, "http://127.0.0.1:8000", raise_server_exceptions=False))

        yield start


@pytest.fixture
def client(start: Start) -> TestClient:
    return start()
