"""Reading billing files for telemetry plugins: found by path, folder, pattern or address, read in the engine by the chunk.

    find_files ──▶ BillingFile ──▶ read_file ──▶ tables of some 260,000 rows, with _line, _reason and _raw

CSV cells stay text: nothing is sniffed, so that account ids keep their leading zeros and amounts all their digits. JSON
values become text with the digits as printed; Parquet keeps its types. A row that cannot be read comes with a ``_reason``
and its text in ``_raw``, and goes to the quarantine; a file that cannot be read is a SourceError, and nothing of it is stored.
"""

from __future__ import annotations

from finopsnb.plugins.files.addresses import source_name
from finopsnb.plugins.files.expanding import Limits
from finopsnb.plugins.files.finding import BILLING_SUFFIXES, CSV_SUFFIXES, JSON_SUFFIXES, PARQUET_SUFFIXES, BillingFile, find_files
from finopsnb.plugins.files.marking import CHUNK_ROWS, SPELLED
from finopsnb.plugins.files.options import hidden_options
from finopsnb.plugins.files.reading import read_file, read_files

__all__ = [
    "BILLING_SUFFIXES",
    "CHUNK_ROWS",
    "CSV_SUFFIXES",
    "JSON_SUFFIXES",
    "PARQUET_SUFFIXES",
    "SPELLED",
    "BillingFile",
    "Limits",
    "find_files",
    "hidden_options",
    "read_file",
    "read_files",
    "source_name",
]
