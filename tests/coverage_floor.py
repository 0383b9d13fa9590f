"""Print the coverage of the last test run and fail below 90 % of finopsnb's lines, or of its branches.

``fail_under`` looks at lines and branches added up, where many lines can hide missing branches.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from coverage import Coverage

FLOOR = 90.0


def main() -> int:
    coverage = Coverage()
    coverage.combine() if list(Path().glob(".coverage.*")) else coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "coverage.json")
        coverage.json_report(outfile=str(file))
        totals = json.loads(file.read_text())["totals"]
    lines = 100 * totals["covered_lines"] / totals["num_statements"]
    branches = 100 * totals["covered_branches"] / totals["num_branches"]
    print(f"coverage of finopsnb: lines {lines:.1f} %, branches {branches:.1f} % (at least {FLOOR:g} % each)")
    if min(lines, branches) >= FLOOR:
        return 0
    coverage.report(skip_covered=True, show_missing=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())
