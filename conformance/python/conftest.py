"""Starts the platform, and holds the suite to its matrix."""

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
# A proxy of the environment has nothing to do with a platform on this machine.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

# pylint: disable=wrong-import-position
from operations import OPERATIONS, World  # noqa: E402
from server import MERCHANT, Server  # noqa: E402


@pytest.fixture(scope="session")
def server(request):
    """The platform, one for all checks."""
    running = Server()
    yield running
    if request.session.testsfailed:
        print("\nThe end of the platform's log:\n" + running.log(), file=sys.stderr)
    running.stop()


@pytest.fixture(scope="session")
def client(server):
    """A client of the demo account."""
    with server.client() as made:
        yield made


@pytest.fixture(scope="session")
def merchant(client):
    """The merchant of most checks."""
    return client.v1().merchant(MERCHANT)


@pytest.fixture(scope="session")
def world(server, client):
    """Makes objects in given states."""
    return World(server, client)


def pytest_addoption(parser):
    """Lets a part of the suite run alone."""
    parser.addoption(
        "--no-matrix", action="store_true", help="do not fail when a cell of the matrix did not run"
    )


def pytest_configure(config):
    """Registers the matrix."""
    config.pluginmanager.register(Matrix(config), "matrix")


class Matrix:
    """Fails when the matrix and the checks are not the same, or when a cell did not run."""

    def __init__(self, config):
        self._whole = not config.getoption("--no-matrix")
        self._cells = {}
        self._faults = []
        self._passed = set()
        self._read()

    def _read(self):
        matrix = tomllib.loads((HERE / "matrix.toml").read_text(encoding="utf-8"))
        known = _operations_of_the_specification()
        rows = {operation["name"] for operation in matrix["operation"]}
        for name in sorted(rows ^ set(OPERATIONS)):
            self._faults.append(f"{name}: it is in one of operations.py and matrix.toml only")
        for operation in matrix["operation"]:
            name, cells = operation["name"], operation["cells"]
            if name not in known:
                self._faults.append(f"{name}: the specification has no such operation")
            for trait in ["any", *operation.get("traits", [])]:
                for column in matrix["columns"][trait]:
                    if column not in cells:
                        self._faults.append(f"{name}: the cell {column!r} has no check")
            for column, checks in cells.items():
                for check in [checks] if isinstance(checks, str) else checks:
                    self._cells.setdefault(check, []).append(f"{name} × {column}")
        for name, check in matrix["not-served"].items():
            if name not in known:
                self._faults.append(f"{name}: the specification has no such operation")
            self._cells.setdefault(check, []).append(f"{name} × not served")

    def pytest_collection_finish(self, session):
        """Compares the matrix with what was found."""
        if not self._whole:
            return
        found = {item.nodeid for item in session.items}
        for check, cells in self._cells.items():
            if check not in found:
                self._faults.append(f"{', '.join(cells)}: there is no check {check}")
        for check in sorted(found - set(self._cells)):
            self._faults.append(f"{check}: it is in no cell of matrix.toml")

    def pytest_runtest_logreport(self, report):
        """Notes what ran to its end."""
        if report.when == "call" and report.passed:
            self._passed.add(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        """Fails the run for cells that did not run, even if nothing else failed."""
        if not self._whole or session.config.option.collectonly:
            return
        for check, cells in self._cells.items():
            if check not in self._passed:
                self._faults.append(f"{', '.join(cells)}: {check} did not pass")
        if self._faults and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        """Says what the matrix lacks."""
        if not self._whole:
            terminalreporter.write_line("The matrix was not checked.")
            return
        cells = sum(len(cells) for cells in self._cells.values())
        terminalreporter.section(f"matrix: {cells} cells, {len(self._faults)} faults")
        for fault in self._faults:
            terminalreporter.write_line(fault, red=True)


def _operations_of_the_specification():
    names = set()
    for file in (HERE.parent.parent / "spec" / "connect-server").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        names.update(re.findall(r"^ +operationId: '?([\w.]+)'?$", text, re.MULTILINE))
    return names
