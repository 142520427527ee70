"""The programs of examples/python, and the README's, print what they say."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from .support import PATIENCE_S, ROOT

EXPECTED = {
    "counter": "20\n42\nfailed: TypeError in Counter.add\n1\n",
    "ping_pong": "True ('missed', 'serve, pong, ping, pong, ping')\n",
    "native_children": "144\n(Atom('cpp'), 'std::invalid_argument', 'an integer, please')\n25\n",
}


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_example_is_run() -> None:
    assert {path.stem for path in (ROOT / "examples/python").glob("*.py")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_example_prints_what_it_promises(name: str) -> None:
    assert run(str(ROOT / f"examples/python/{name}.py")) == EXPECTED[name]


def test_the_rust_program_of_the_readme_is_the_one_that_the_crate_runs() -> None:
    ours, crates = (
        re.findall(r"```rust\n.*?```", (ROOT / readme).read_text(), re.DOTALL)
        for readme in ("README.md", "rust/README.md")
    )
    assert ours == crates


def test_the_program_of_the_readme_prints_what_its_comments_say() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    promised = re.findall(r"print\(.*#\s*(\S[^:\n]*)", program)
    assert run("-c", program).splitlines() == promised
