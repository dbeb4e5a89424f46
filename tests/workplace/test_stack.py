"""`make stack` on a fresh clone, and Ctrl-C."""

import os
import signal

import pytest

from service.stack.settings import StackSettings
from tests.servers.child import Child
from tests.servers.ports import free_ports
from tests.workplace.checkout import Checkout

pytestmark = pytest.mark.timeout(300)


def test_ctrl_c_reaches_make_and_the_stack_and_each_part_ends_in_good_order(used_clone: Checkout) -> None:
    names = StackSettings().ports()
    ports = {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    log = used_clone.directory.parent / f"stack-{ports['PORT']}.log"
    make = Child(["make", "stack"], log, environ=used_clone.environ(ports), directory=used_clone.directory)
    try:
        assert make.await_ready(lambda: "all parts run" in make.log_text(), seconds=90), make.log_text()
        # As a terminal does. make ends itself by the signal that it got, once all that it started has ended.
        os.killpg(make.pid, signal.SIGINT)
        assert make.wait() == -signal.SIGINT
    finally:
        make.kill()
    said = make.log_text()
    assert "stack        | all parts have ended\n" in said
    assert "killed" not in said
    assert "Traceback" not in said
    assert list((used_clone.directory / ".data").glob("stack-*")) == []
