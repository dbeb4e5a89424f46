"""Without redis-py the library works, and the cache says what to install."""

import subprocess
import sys

BLOCKED = "import sys; sys.modules['redis'] = None; "


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BLOCKED + code], capture_output=True, text=True, check=False)


def test_the_library_is_imported_without_redis() -> None:
    done = run("import telemetry; assert 'telemetry.cache' not in sys.modules")
    assert done.returncode == 0, done.stderr


def test_the_cache_without_redis_names_the_line_that_installs_it() -> None:
    done = run("import telemetry.cache")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "ImportError: telemetry.cache needs redis, which is not installed: pip install 'candid-telemetry[redis]'"
    )
