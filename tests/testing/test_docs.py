"""What `docs/budgets.md` says of tests is what happens."""

import re
from typing import Final

from service.settings import ROOT
from tests.testing.conftest import Project

pytest_plugins = ["pytester"]

_SECTION: Final = (ROOT / "docs/budgets.md").read_text(encoding="utf-8").partition("\n## In tests\n")[2]
_BLOCKS: Final = dict(re.findall(r"^```(sh|python|text in tests)\n(.*?)^```$", _SECTION, re.MULTILINE | re.DOTALL))

_SHOP: Final = """
import telemetry
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

app = FastAPI()
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
telemetry.instrument(app)
cached = []

with engine.begin() as connection:
    connection.execute(text("CREATE TABLE brand (id INTEGER, name TEXT)"))
    connection.execute(text("CREATE TABLE item (id INTEGER)"))
    connection.execute(text("INSERT INTO item VALUES (1), (2), (3), (4), (5), (6)"))


@app.get("/items")
def items():
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id FROM item")).all()
        for (number,) in found:
            connection.execute(text("SELECT name FROM brand WHERE id = :id"), {"id": number})


@app.get("/export")
def export():
    items()


@app.get("/broken")
def broken():
    raise RuntimeError


@app.get("/cached")
def ask():
    if not cached:
        with engine.connect() as connection:
            cached.append(connection.execute(text("SELECT 1")).scalar())
"""


def test_the_example_fails_where_the_page_says_so_and_passes_elsewhere(project: Project) -> None:
    project.write("shop.py", _SHOP)
    project.write("budgets.yaml", "version: 1\nservice: shop\ndefaults: {queries: 3, error_rate: 0.001, p95_ms: 250}")
    project.write("test_shop.py", _BLOCKS["python"])
    marked = project.run()
    marked.assert_outcomes(passed=2, failed=2)
    for line in _BLOCKS["text in tests"].splitlines():
        assert line in marked.outlines
    assert "insufficient: GET /export: p95_ms 250 (1 of 59)" in marked.outlines

    (command,) = _BLOCKS["sh"].splitlines()
    project.write("test_shop.py", re.sub(r"@pytest.mark.*\n", "", _BLOCKS["python"]))
    project.run(*command.split()[1:]).assert_outcomes(passed=2, failed=2)
