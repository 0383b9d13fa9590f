"""A real JupyterLab, or Notebook 7, in headless Chromium: open a notebook, run it, see what a person would see.

    with Server(folder) as server, chromium() as browser, Lab(server, browser, "notebooks/01_quickstart.ipynb") as lab:
        seen = lab.run_all()
        assert not seen.problems(), seen

One server has both front ends. ``folder`` is what it shows; everything else that it writes goes to a temporary folder. The page
reaches this machine only: every other request is stopped and remembered. Only the processes started here are ended.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = Path(os.environ.get("FINOPSNB_CHROMIUM", "/usr/bin/chromium"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
#: what JupyterLab says on an empty notebook, too
NOISE = re.compile(r"favicon|ResizeObserver loop|was preloaded using link preload|attribute viewBox")
SETTINGS: dict[str, dict[str, Any]] = {
    # else cells out of view are not drawn
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none", "scrollPastEnd": False},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
PANEL = "window.jupyterapp.shell.currentWidget"


@dataclass
class Cell:
    """One cell as the page holds it."""

    index: int
    kind: str
    count: int | None
    source: str
    outputs: list[dict[str, Any]]

    def streams(self, name: str) -> str:
        found = [o for o in self.outputs if o["output_type"] == "stream" and o["name"] == name]
        return "".join("".join(output["text"]) for output in found)


@dataclass
class Seen:
    """What one run showed."""

    cells: list[Cell]
    console: list[str] = field(default_factory=list)
    external: list[str] = field(default_factory=list)
    undrawn: list[int] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Cell errors, text on stderr, cells that did not run, outputs that nothing drew, the browser's complaints."""
        code = [cell for cell in self.cells if cell.kind == "code" and cell.source.strip()]
        errors = [(c.index, o["evalue"]) for c in code for o in c.outputs if o["output_type"] == "error"]
        return [
            *(f"cell {index}: {text}" for index, text in errors),
            *(f"cell {cell.index} on stderr: {cell.streams('stderr')}" for cell in code if cell.streams("stderr")),
            *(f"cell {cell.index} did not run" for cell in code if cell.count is None),
            *(f"cell {index}: an output was not drawn" for index in self.undrawn),
            *(f"console: {text}" for text in self.console),
            *(f"request to outside: {url}" for url in self.external),
        ]


class Server:
    """A JupyterLab server on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Path(tempfile.mkdtemp(prefix="finopsnb-lab-"))
        self.token = secrets.token_hex(16)
        self.log = self.home / "server.log"
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, seconds: float = 90) -> None:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), env=self._environ(), cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        _until(self._answers, seconds, lambda: f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """Ask it to end (its kernels end with it); what does not listen is killed with the session it leads."""
        try:
            self.ask("shutdown", "POST")
            self._process.wait(15)
        except (OSError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(5)

    def ask(self, path: str, method: str = "GET") -> None:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.address}/api/{path}", method=method, headers=headers)
        urllib.request.urlopen(request, timeout=10).close()

    def _answers(self) -> bool:
        assert self._process.poll() is None, f"JupyterLab ended:\n{self.log.read_text()[-3000:]}"
        try:
            self.ask("status")
        except (urllib.error.URLError, OSError):
            return False
        return True

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
            *(f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.folder}"),
            *(f"--IdentityProvider.token={self.token}", "--LabApp.expose_app_in_browser=True"),
            *("--JupyterNotebookApp.expose_app_in_browser=True", f"--JupyterNotebookApp.user_settings_dir={self._settings()}"),
            *(f"--LabApp.user_settings_dir={self._settings()}", f"--LabApp.workspaces_dir={self.home / 'workspaces'}"),
            *("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly"),
        ]

    def _settings(self) -> Path:
        folder = self.home / "settings"
        for name, values in SETTINGS.items():
            file = folder / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        return folder

    def _environ(self) -> dict[str, str]:
        own = {f"JUPYTER_{kind}_DIR": str(self.home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "IPYTHON"))}
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))  # kernels import this checkout
        return {**kept, **own, "IPYTHONDIR": str(self.home / "ipython"), "PYTHONPATH": path}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, in which every page is a person of its own."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


class Lab:
    """One notebook in one browser page; ``app`` is ``"lab"`` or ``"notebook"``."""

    def __init__(self, server: Server, browser: Browser, notebook: str, size: tuple[int, int] = (1280, 900), app: str = "lab") -> None:
        self.server, self.notebook, self.size, self.app = server, notebook, size, app
        self._browser = browser
        self.console: list[str] = []
        self.external: list[str] = []

    def __enter__(self) -> Lab:
        self.page = self._open_page()
        try:
            self._open_notebook()
        except BaseException:
            self.page.context.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.js("await w.sessionContext.shutdown();")
        self.page.context.close()

    def run_all(self, seconds: float = 120) -> Seen:
        """Run > Run All Cells, wait until the kernel rests and the page is still."""
        self._watch_runs()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
        _until(self._has_begun, 30, lambda: "Run All Cells did nothing for 30 s", lambda: self.page.wait_for_timeout(50))
        self._rest(seconds)
        return self.seen()

    def add_and_run(self, source: str, seconds: float = 60) -> Cell:
        """Append a code cell, run it, and return it with its outputs."""
        index = self.js(
            "const m = w.content.model.sharedModel; m.insertCell(m.cells.length, {cell_type: 'code', source: arg});"
            "w.content.activeCellIndex = m.cells.length - 1; w.content.deselectAll(); return m.cells.length - 1;",
            source,
        )
        self.js("app.commands.execute('notebook:run-cell');")
        self.page.wait_for_timeout(150)
        self._rest(seconds)
        return self.cells()[index]

    def seen(self) -> Seen:
        return Seen(self.cells(), list(self.console), list(self.external), self._undrawn())

    def cells(self) -> list[Cell]:
        found = self.js(
            "return w.content.widgets.map((c, i) => ({index: i, kind: c.model.type, count: c.model.executionCount ?? null,"
            " source: c.model.sharedModel.getSource(), outputs: c.model.type === 'code' ? c.model.outputs.toJSON() : []}));"
        )
        return [Cell(**cell) for cell in found]

    def text(self, index: int) -> str:
        """What a person reads in the output of a cell."""
        return "\n".join(self._cell(index).locator(".jp-Cell-outputArea").all_inner_texts())

    def marks(self, index: int) -> list[int]:
        """For each chart drawn in a cell: the shapes of an SVG, or the inked pixels of a canvas."""
        found: list[int] = (
            self._cell(index)
            .locator("canvas.marks, svg.marks")
            .evaluate_all(
                """charts => charts.map(chart => {
                if (chart.tagName.toLowerCase() === 'svg') return chart.querySelectorAll('path, rect, circle').length;
                const dots = chart.getContext('2d').getImageData(0, 0, chart.width, chart.height).data;
                return dots.filter((value, i) => i % 4 === 3 && value > 0 && dots[i - 3] + dots[i - 2] + dots[i - 1] < 700).length;
            })"""
            )
        )
        return found

    def table_rows(self, index: int) -> int:
        """How many rows of tables are drawn in a cell."""
        return int(self._cell(index).locator("table tbody tr").count())

    def pictures(self, folder: Path) -> list[Path]:
        """A PNG of the whole notebook, and one of every cell that has an output."""
        folder.mkdir(parents=True, exist_ok=True)
        height = self.js("return w.node.querySelector('.jp-WindowedPanel-outer').scrollHeight + 200;")
        self.page.set_viewport_size({"width": self.size[0], "height": min(max(int(height), self.size[1]), 16000)})
        self.js("w.node.querySelector('.jp-WindowedPanel-outer').scrollTop = 0;")
        self._still()
        whole = folder / "notebook.png"
        self.page.screenshot(path=whole)
        return [whole, *(self._picture(cell, folder) for cell in self.cells() if cell.outputs)]

    def js(self, body: str, arg: Any = None) -> Any:
        """Run JavaScript with ``app`` the JupyterLab application and ``w`` the notebook's panel."""
        return self.page.evaluate(f"async arg => {{ const app = window.jupyterapp, w = {PANEL}; {body} }}", arg)

    def _open_page(self) -> Page:
        context = self._browser.new_context(viewport={"width": self.size[0], "height": self.size[1]}, reduced_motion="reduce")
        context.route(re.compile(r"^(?!https?://127\.0\.0\.1[:/]|data:|blob:)"), self._stop)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        return page

    def _open_notebook(self) -> None:
        place = f"doc/tree/{self.notebook}?reset&" if self.app == "lab" else f"notebooks/{self.notebook}?"
        self.page.goto(f"{self.server.address}/{place}token={self.server.token}", timeout=90_000)
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        self.page.wait_for_function(f"() => {PANEL}?.sessionContext?.isReady", timeout=90_000)
        self._rest(60)
        self.console.clear()

    def _stop(self, route: Route) -> None:
        self.external.append(route.request.url)
        route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        said = f"{message.text} @ {message.location.get('url', '')}"
        if message.type == "error" and not NOISE.search(said):
            self.console.append(said)

    def _watch_runs(self) -> None:
        """Remember when a cell begins to run: on a busy machine that takes longer than it takes to see that a kernel rests."""
        self.js(
            "window.begun = false; for (const c of w.content.widgets) if (c.model.type === 'code') c.model.stateChanged.connect("
            "(_, change) => { if (change.name === 'executionCount' || change.name === 'executionState') window.begun = true; });"
        )

    def _has_begun(self) -> bool:
        return bool(self.js("return window.begun;"))

    def _rest(self, seconds: float) -> None:
        """Until no cell waits and the kernel is idle, twice in a row, and the page has stopped changing."""
        calm = 0

        def rested() -> bool:
            nonlocal calm
            calm = calm + 1 if self._is_idle() else 0
            return calm >= 4

        _until(rested, seconds, lambda: f"not idle after {seconds} s", lambda: self.page.wait_for_timeout(100))
        self._still()

    def _is_idle(self) -> bool:
        state, waiting = self.js(
            "return [w.sessionContext.session?.kernel?.status, w.content.widgets.filter(c =>"
            " c.model.type === 'code' && c.promptNode?.textContent?.includes('*')).length];"
        )
        assert state != "dead", f"the kernel died:\n{self.server.log.read_text()[-2000:]}"
        return bool(state == "idle" and waiting == 0)

    def _still(self, milliseconds: int = 600) -> None:
        self.page.evaluate(
            """quiet => new Promise(done => {
                let timer = setTimeout(done, quiet);
                setTimeout(done, 15000);
                new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(done, quiet); })
                    .observe(document.querySelector('.jp-Notebook'), {subtree: true, childList: true, attributes: true});
            })""",
            milliseconds,
        )

    def _undrawn(self) -> list[int]:
        """Cells where a rich output (chart, widget, HTML) is on screen as its plain text only, or as a complaint."""
        found: list[int] = self.js(
            r"""return w.content.widgets.map((c, i) => [c, i]).filter(([c]) => c.model.type === 'code').filter(([c]) => {
                const text = c.node.querySelector('.jp-Cell-outputArea')?.innerText ?? '';
                if (/Error displaying widget|Loading widget|Javascript Error|Error creating widget/i.test(text)) return true;
                const plain = c.model.outputs.toJSON().filter(o => o.data && Object.keys(o.data).join() === 'text/plain');
                return c.node.querySelectorAll('.jp-RenderedText[data-mime-type="text/plain"]').length > plain.length;
            }).map(([c, i]) => i);"""
        )
        return found

    def _cell(self, index: int) -> Any:
        return self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')

    def _picture(self, cell: Cell, folder: Path) -> Path:
        file = folder / f"cell_{cell.index:02d}.png"
        self._cell(cell.index).screenshot(path=file)
        return file


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _until(
    done: Callable[[], bool],
    seconds: float,
    complaint: Callable[[], str],
    pause: Callable[[], None] = lambda: time.sleep(0.2),
) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(complaint())
        pause()
