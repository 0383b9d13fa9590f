"""Cells run in a real kernel, and what came out of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

TIMEOUT = 60


@dataclass
class Output:
    """One cell's outputs: what was printed, the rich results, and the error if there was one."""

    printed: str = ""
    stderr: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None

    def take(self, message: dict[str, Any]) -> None:
        content = message["content"]
        match message["msg_type"]:
            case "stream" if content["name"] == "stderr":
                self.stderr += content["text"]
            case "stream":
                self.printed += content["text"]
            case "execute_result" | "display_data":
                self.results.append(content["data"])
            case "error":
                self.error = content


class Kernel:
    """A kernel as a front end has it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, code: str) -> Output:
        output = Output()
        self.client.execute_interactive(code, timeout=TIMEOUT, output_hook=output.take)
        return output

    def complete(self, code: str, cursor: int | None = None) -> dict[str, Any]:
        reply = self.client.complete(code, len(code) if cursor is None else cursor, reply=True, timeout=TIMEOUT)
        content: dict[str, Any] = reply["content"]
        return content


@contextmanager
def kernel(folder: Path, environ: dict[str, str]) -> Iterator[Kernel]:
    """A started kernel in ``folder``, ended on the way out."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env=environ)
    client = manager.blocking_client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=TIMEOUT)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
