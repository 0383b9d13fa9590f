"""A kernel that imports this checkout, in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook.kernels import Kernel, kernel

ROOT = Path(__file__).parents[2]

PLUGINS = """
from pydantic import BaseModel, SecretStr
from finopsnb.plugins import *

@registry.register
class Cell(TelemetryPlugin):
    metadata = PluginMetadata(name="cell", description="<script>alert(1)</script>", plugin_type=PluginType.TELEMETRY)
    class Config(BaseModel):
        fails: bool = False
        api_key: SecretStr | None = None
    def collect_telemetry(self):
        if self.config.fails:
            raise RuntimeError(f"refused with {self.config.api_key and self.config.api_key.get_secret_value()}")
        row = {"BilledCost": "1.5", "BillingCurrency": "USD", "ProviderName": "AWS", "ServiceName": "EC2"}
        yield [{**row, "ChargePeriodStart": f"2026-01-0{day}T00:00:00Z"} for day in (1, 2, 3)]

@registry.register
class Chart(DashboardPlugin):
    metadata = PluginMetadata(name="chart", plugin_type=PluginType.DASHBOARD)
    def render(self, **_):
        import altair as alt
        import pandas as pd
        return alt.Chart(pd.DataFrame({"a": [1, 2]}), title="Two", description="Two").mark_bar().encode(x="a:Q")
"""


def kernel_environ(folder: Path) -> dict[str, str]:
    """The environment of a kernel: this checkout on the path, a profile of its own, and a secret."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, "CELL_KEY": "canary-c0ffee", "IPYTHONDIR": str(folder / ".ipython")}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("notebook")
    with kernel(folder, kernel_environ(folder)) as running:
        assert running.run("%load_ext finopsnb").error is None
        assert running.run(PLUGINS).error is None
        yield running


@pytest.fixture
def opened(notebook: Kernel) -> Kernel:
    """The kernel with a fresh session, nothing loaded."""
    notebook.run("%finops close")
    notebook.run("registry.unload_all(); None")
    assert notebook.run("%finops open :memory:").error is None
    return notebook
