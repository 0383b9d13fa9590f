"""The native exports of the sample, and their facts by format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import native_ai
import native_aws_files
import native_azure
import native_google
import native_kubernetes
import native_oracle
from charges import Line


def write(folder: Path, bills: Mapping[str, list[Line]]) -> dict[str, Any]:
    """Writes all formats into ``folder``, one folder each; returns the facts of each."""
    found = {
        **native_aws_files.write(folder, bills["AWS"]),
        **native_azure.write(folder, bills["Microsoft"]),
        **native_google.write(folder, bills["Google Cloud"]),
        **native_oracle.write(folder),
        **native_kubernetes.write(folder),
        **native_ai.write(folder),
    }
    return dict(sorted(found.items()))
