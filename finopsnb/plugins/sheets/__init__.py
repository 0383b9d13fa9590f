"""Tables as files that people open and fill in: written safe for spreadsheets and in one stroke, and read back as texts.

table ──▶ write_table ──▶ .csv .xlsx .parquet      put: a file beside the target that takes its place at the end
.csv .xlsx .parquet, an address ──▶ read_sheet ──▶ table of texts ──▶ typed ──▶ numbers, days, times
"""

from __future__ import annotations

from finopsnb.plugins.sheets.reading import XLSX_SUFFIXES, read_sheet
from finopsnb.plugins.sheets.replacing import Outcome, put
from finopsnb.plugins.sheets.typing import KINDS, Kind, typed
from finopsnb.plugins.sheets.writing import TABLE_SUFFIXES, flattened, table_writer, write_table

__all__ = [
    "KINDS",
    "TABLE_SUFFIXES",
    "XLSX_SUFFIXES",
    "Kind",
    "Outcome",
    "flattened",
    "put",
    "read_sheet",
    "table_writer",
    "typed",
    "write_table",
]
