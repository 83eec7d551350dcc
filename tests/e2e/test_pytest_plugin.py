"""The pytest plugin in a project of a user's own: the README's example is recorded and then runs on its recording."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.e2e.test_openai_client import SCRIPT
from tests.endpoint import ScriptedEndpoint, served_beside

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE = next(block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "(colloquy)" in block)
LOADED = ("-p", "colloquy", "-p", "asyncio", "-p", "no:cacheprovider")
OWN_CLIENT = """
import httpx2
import pytest

async def ask(transport, question, times):
    async with httpx2.AsyncClient(transport=transport) as client:
        for _ in range(times):
            body = {"model": "m", "messages": [], "q": question}
            answer = await client.post("ADDRESS/v1/chat/completions", json=body)
            assert answer.json()["choices"][0]["message"]["content"] == "hello"
"""
TEST = """
@pytest.mark.asyncio
@pytest.mark.parametrize("question", ["{name} a/b"])
async def test_{name}(colloquy_transport, question):
    await ask(colloquy_transport, question, {times})
"""


def own_tests(url: str, **times: int) -> str:
    """Tests that ask their own question so many times each."""
    tests = (TEST.format(name=name, times=count) for name, count in times.items())
    return OWN_CLIENT.replace("ADDRESS", url) + "".join(tests)


class Keeper:
    """Keeps the modules that the inner run loads: pytester drops them, and native ones cannot be loaded twice."""

    def __init__(self) -> None:
        self.loaded: dict[str, ModuleType] = {}

    def pytest_unconfigure(self) -> None:
        self.loaded = {name: module for name, module in sys.modules.items() if not name.startswith("test_")}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project, in an environment without models."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    """pytest in the project, with the plugin as it is installed."""
    keeper = Keeper()
    try:
        return project.runpytest_inprocess(*LOADED, *options, plugins=[keeper])
    finally:
        for name, module in keeper.loaded.items():
            sys.modules.setdefault(name, module)


def test_the_readmes_example_is_recorded_once_and_then_runs_without_its_model(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.makepyfile(test_library=EXAMPLE)
    with served_beside(ScriptedEndpoint(SCRIPT).app()) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        run(project, "--colloquy-recordings=record").assert_outcomes(passed=1)
    monkeypatch.delenv("OPENAI_BASE_URL")
    folder = project.path / "recordings" / "test_library" / "test_the_answer_cites_the_library"
    assert list(folder.glob("chatty.route.*.1.json"))
    run(project).assert_outcomes(passed=1)


def test_a_client_of_ones_own_is_replayed_too(project: pytest.Pytester) -> None:
    with served_beside(ScriptedEndpoint({"prose": "hello"}).app()) as url:
        project.makepyfile(test_own=own_tests(url, same=2, fewer=2, more=2))
        run(project, "--colloquy-recordings=record").assert_outcomes(passed=3)
    project.makepyfile(test_own=own_tests(url, same=2, fewer=1, more=3, fresh=1))
    again = run(project, "--colloquy-fail-unused")
    again.assert_outcomes(passed=2, failed=1, errors=2)
    said = again.stdout.str()
    assert re.search(
        r"ERROR at teardown of test_fewer.*Recorded, and not asked for: m.text.\w+.2.json", said, re.DOTALL
    )
    assert re.search(r"test_more.*was made more often than it was recorded", said, re.DOTALL)
    assert "there is no such folder. To make it: pytest --colloquy-recordings=record" in said


def test_the_plugin_imports_nothing_of_the_service(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    code = "import sys, server.pytest_plugin; print([n for n in sys.modules if n in ('openai', 'httpx2', 'fastapi')])"
    assert project.run(sys.executable, "-c", code).outlines == ["[]"]
