"""The part of the plugin that fails tests whose marker cannot work."""

import pytest


class Refusals:
    """A pytest plugin: such a test fails when it begins.

    Not while tests are collected: an error there ends the run, and pytest-xdist loses its message.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def add(self, nodeid: str, text: str) -> None:
        """Refuses a test.

        Args:
            nodeid: Of the test.
            text: What is wrong, and the remedy.
        """
        self._texts[nodeid] = f"{nodeid}: {text}"

    def of(self, nodeid: str) -> str | None:
        """Why a test is refused; None if it is not."""
        return self._texts.get(nodeid)

    # No wrapper: other plugins' wrappers prepare what they need when the test is torn down.
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        __tracebackhide__ = True
        text = self.of(item.nodeid)
        if text is not None:
            pytest.fail(text, pytrace=False)
