"""The panel and jobs in real kernels: one with a person before it, and one that nbclient runs."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbclient import NotebookClient

from tests.notebook.conftest import PLUGINS, kernel_environ

CELLS = (
    "%load_ext finopsnb\n%finops open :memory:\nNone",
    PLUGINS,
    "%finops load cell\nNone",
    "%finops collect --background",
    "%finops jobs",
    "%finops panel",
)


def test_a_person_goes_on_while_a_job_runs(opened):
    opened.run("%finops load cell")
    started = opened.run("job = %finops collect cell --background")
    assert started.printed.startswith("job 1: collect cell, ")
    assert started.stderr == ""
    waited = opened.run("costs = %finops jobs --wait 1\nprint(len(costs), job.state)")
    assert waited.printed.endswith("3 done\n")


def test_the_panel_is_shown_as_widget_html_and_text(opened):
    (bundle,) = opened.run("%finops panel").results
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert "<script>" not in bundle["text/html"]
    opened.run("%finops load cell")
    again = opened.run("%finops panel").results[0]
    assert again["application/vnd.jupyter.widget-view+json"] == bundle["application/vnd.jupyter.widget-view+json"]
    assert "● ready" in again["text/html"]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nobody")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    return client.execute(env=kernel_environ(folder))


def test_under_nbclient_a_job_has_ended_when_its_cell_has(executed):
    outputs = executed.cells[3].outputs
    assert outputs[0].text.startswith("job 1: collect cell, done, 3 rows in 1 batch, ")
    assert "running" not in json.dumps(executed.cells[4].outputs)
    assert [output for cell in executed.cells for output in cell.outputs if output.get("name") == "stderr"] == []


def test_the_panel_of_a_notebook_that_nbclient_ran_reads_without_a_kernel(executed):
    (output,) = executed.cells[5].outputs
    assert "cell" in output.data["text/html"]
    assert "run the cell again for the controls" in output.data["text/html"]
    assert output.data["text/plain"].startswith("<finopsnb Panel :memory: (open)")
