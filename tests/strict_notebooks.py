"""A pytest plugin that lets nbmake see the faults which leave no error output behind in a notebook.

    UsageError, unknown magic, bad magic option     only a line on stderr
    an exception in a thread                        only stderr, or nothing at all when its cell is over
    an exception inside ``with Output():``          an error output, but in the widget and not in the cell

So a notebook fails when anything is written to stderr (a cell tagged ``stderr-expected`` may), when a widget holds an
error, or when a thread died or is still running when the last cell is done. Each fault is added to its cell as an
ordinary error output, which nbmake then reports.
"""

from __future__ import annotations

import ast
import asyncio
from typing import Any

import pytest
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_output

WATCH_THREADS = """
def _watch():
    import builtins, threading
    builtins._dead_threads, before, shown = [], set(threading.enumerate()), threading.excepthook
    def hook(args):
        name = args.thread.name if args.thread else "?"
        builtins._dead_threads.append(f"{name}: {args.exc_type.__name__}: {args.exc_value}")
        shown(args)
    def verdict(seconds):
        for thread in set(threading.enumerate()) - before:
            if not thread.daemon:
                thread.join(seconds)
                if thread.is_alive():
                    builtins._dead_threads.append(f"{thread.name}: still running {seconds} s after the last cell")
        return builtins._dead_threads
    threading.excepthook, builtins._thread_verdict = hook, verdict
_watch()
del _watch
"""
#: how long a thread may go on after the last cell
THREAD_SECONDS = 10
#: how long a kernel on a busy machine may take for an answer, threads that it waits for included
ANSWER_SECONDS = 120


class StrictNotebookClient(NotebookClient):
    """Runs a notebook like nbclient does, and then looks where faults hide."""

    def __init__(self, nb: NotebookNode, **options: Any) -> None:
        super().__init__(nb, **options)
        self.on_notebook_start = self._watch

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, *args: Any, **options: Any) -> NotebookNode:
        looking = asyncio.ensure_future(self._look_again())
        try:
            done = await super().async_execute_cell(cell, cell_index, *args, **options)
        except CellExecutionError:
            _mark([(cell, fault) for fault in _faults_of(cell)])
            raise
        finally:
            looking.cancel()
        if cell_index == len(self.nb.cells) - 1:
            await self._judge()
        return done

    async def _look_again(self) -> None:
        """A reply that comes while an output widget sends is there, and wakes nobody: the sending takes its signal."""
        assert self.kc is not None
        while True:
            await asyncio.sleep(1)
            await self.kc.shell_channel.socket.poll(1)

    async def _watch(self, **_: Any) -> None:
        await self._ask(WATCH_THREADS, "None")

    async def _judge(self) -> None:
        cells = [cell for cell in self.nb.cells if cell.cell_type == "code"]
        dead = ast.literal_eval(await self._ask("", f"__import__('builtins')._thread_verdict({THREAD_SECONDS})"))
        faults = [(cell, fault) for cell in cells for fault in _faults_of(cell)]
        if cells:
            faults += [(cells[-1], f"a thread died: {thread}") for thread in dead]
            faults += [(cells[-1], f"inside a widget: {fault}") for fault in self._widget_faults()]
        _mark(faults)
        if faults:
            raise CellExecutionError(faults[-1][1], "HiddenFault", faults[-1][1])

    async def _ask(self, code: str, expression: str) -> str:
        """The repr of ``expression`` in the kernel after ``code`` ran there, unseen by the notebook.

        The reply alone is waited for: right after its start a kernel may say that it is idle before anybody hears it.
        """
        assert self.kc is not None
        asked = self.kc.execute(
            code, silent=True, store_history=False, user_expressions={"answer": expression}, reply=True, timeout=ANSWER_SECONDS
        )
        reply = await ensure_async(asked)
        return str(reply["content"]["user_expressions"]["answer"]["data"]["text/plain"])

    def _widget_faults(self) -> list[str]:
        states = self.widget_state.values()
        return [fault for state in states for output in state.get("outputs", ()) for fault in _fault(output)]


def _mark(faults: list[tuple[NotebookNode, str]]) -> None:
    for cell, fault in faults:
        cell.outputs.append(new_output("error", ename="HiddenFault", evalue=fault, traceback=[fault]))


def _faults_of(cell: NotebookNode) -> list[str]:
    if "stderr-expected" in cell.metadata.get("tags", ()):
        return []
    return [fault for output in cell.outputs if output.output_type == "stream" for fault in _fault(output)]


def _fault(output: Any) -> list[str]:
    if output["output_type"] == "error":
        return [f"{output['ename']}: {output['evalue']}"]
    on_stderr = output["output_type"] == "stream" and output["name"] == "stderr"
    return [f"on stderr: {output['text'].strip()}"] if on_stderr and output["text"].strip() else []


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("nbmake"):
        from nbmake import nb_run

        nb_run.NotebookClient = StrictNotebookClient
