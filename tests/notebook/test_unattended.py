"""A notebook that papermill runs: everything is there when its cell ends, and its HTML reads without a kernel and without a network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook

from tests.notebook.conftest import PLUGINS, kernel_environ

pytestmark = pytest.mark.slow

CELLS = [
    "%load_ext finopsnb\n%finops open :memory:",
    PLUGINS,
    "%finops load cell",
    "%finops collect cell",
    "%finops",
    "%finops info cell",
    "%finops show chart",
    "%finops show cost-overview",
    "%finops dashboard cost-overview chart",
    "%finops explore cost-overview",
    "%finops sql --chart select ServiceName, BillingCurrency, sum(BilledCost) as billed from costs group by all",
    "%finops doctor",
    "%finops code",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    folder = tmp_path_factory.mktemp("unattended")
    cells = [new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "in.ipynb")
    command = [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--no-progress-bar", "--kernel", "python3"]
    done = subprocess.run(command, cwd=folder, env=kernel_environ(folder), capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(folder / "out.ipynb", as_version=4)


def shown(run: nbformat.NotebookNode) -> dict[str, list[nbformat.NotebookNode]]:
    """The rich outputs of each cell."""
    return {cell.source: [o for o in cell.outputs if o.output_type in ("display_data", "execute_result")] for cell in run.cells}


def test_every_output_reads_without_a_kernel(run: nbformat.NotebookNode) -> None:
    for source, outputs in shown(run).items():
        for output in outputs:
            kinds = set(output.data)
            assert not any("widget" in kind for kind in kinds), source
            assert kinds & {"text/html", "image/png"} or kinds == {"text/plain"}, source
    assert "widgets" not in run.metadata


def test_charts_have_pictures_and_a_dashboard_its_parts(run: nbformat.NotebookNode) -> None:
    outputs = shown(run)
    for source in ("%finops show chart", "%finops show cost-overview", "%finops explore cost-overview"):
        assert "image/png" in outputs[source][-1].data
    parts = [sorted(output.data) for output in outputs["%finops dashboard cost-overview chart"]]
    chart = ["application/vnd.vegalite.v5+json", "image/png", "text/plain"]
    assert parts == [["text/html", "text/plain"], chart, ["text/html", "text/plain"]] * 2


def test_its_html_fetches_nothing_of_ours(run: nbformat.NotebookNode) -> None:
    page, empty = (HTMLExporter().from_notebook_node(notebook)[0] for notebook in (run, new_notebook()))
    assert fetched(page) <= fetched(empty)  # what nbconvert itself names on any page
    assert page.count("data:image/png;base64,") >= 5
    assert "In words and figures" in page


def fetched(page: str) -> set[str]:
    """Addresses that a browser would ask for."""
    found = re.findall(r"""(?:src|href|srcset|data|action|poster)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", page)
    found += re.findall(r"""(?:url\(|@import|import\s+[^;]*?from|import\()\s*["']?((?:https?:)?//[^"')\s;]+)""", page)
    return set(found)


def test_the_pattern_finds_what_is_fetched() -> None:
    assert fetched('<img src="https://a/b"><script src=//c/d></script> import x from "https://e/f" url(http://g/h)') == {
        "https://a/b", "//c/d", "https://e/f", "http://g/h",
    }  # fmt: skip


def test_the_example_notebooks_name_no_address_in_their_outputs() -> None:
    for path in sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        assert [cell.id for cell in notebook.cells if cell.get("outputs")] == [], path.name
