"""Oracle Cloud's cost reports, and the FOCUS reports that Oracle writes itself."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.exports import Conversion, CostExport, Noticed, Raw
from finopsnb.plugins.exports.raw import folded
from finopsnb.plugins.files import BillingFile, read_file

from ._oci_lines import CORRECTION, COST, START, account_of, costs, kept, what, when, who

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OracleCloudPlugin"]

_SURVEYED = (folded(START), folded(CORRECTION))
_NO_LIST = "Oracle's cost reports have no list price; BilledCost stands in for it, so there is no saving to be seen"


class OracleCloudPlugin(CostExport):
    """Collects Oracle Cloud's cost reports: CSV, a column for each tag.

    Both costs are the column cost/myCost, overage included. The billing account is the subscription, the sub account the
    compartment, and the billing period the month (UTC) of the usage. A correction takes back an earlier line, which
    x_BackreferenceNo names; it is a Correction when the report that brings it is of a later month than the usage, which
    was invoiced by then, and else ordinary Usage. Source: Oracle's documentation of cost and usage reports and the FOCUS
    specification 1.2.
    """

    metadata = PluginMetadata(
        name="oracle-cloud",
        version="1.0.0",
        author="The finopsnb authors",
        description="Collects Oracle Cloud's cost reports and its FOCUS reports, CSV or Parquet.",
        plugin_type=PluginType.TELEMETRY,
        tags=("oracle", "oci", "focus", "files"),
        license="Apache-2.0",
    )

    called = "cost report of Oracle Cloud"
    needs: ClassVar = ((COST,), (START,), ("cost/currencyCode",))

    def variant(self, file: BillingFile) -> str:
        """The newest month, as 2026-10, of which a report with corrections has other usage; nothing where there is none."""

        def columns(names: Sequence[str]) -> list[str]:
            return [name for name in names if folded(name) in _SURVEYED] or list(names[:1])

        months = (_newest(one) for one in read_file(file, delimiter=self.config.delimiter, encoding=self.config.encoding, columns=columns))
        return max(itertools.takewhile(lambda month: month is not None, months), default="")

    def convert(self, raw: Raw, variant: str) -> Conversion:
        row = {**who(raw), **when(raw), **what(raw, variant), **costs(raw), **kept(raw), **raw.others(self.config.keep)}
        return Conversion(row, noticed=[Noticed(raw.number(COST).notnull(), "list-cost-filled", "ListCost", _NO_LIST)])

    def control(self, raw: Raw, variant: str) -> Conversion:
        """The column cost/myCost, which is both costs."""
        from finopsnb.plugins.exports import values as v

        key = {"BillingAccountId": account_of(raw), "BillingCurrency": raw.text("cost/currencyCode")}
        cost = raw.text(COST)
        return Conversion({**key, "BillingPeriodStart": v.start_of_month(raw.instant(START)), "BilledCost": cost, "EffectiveCost": cost})


def _newest(table: pa.Table) -> Any:
    """The newest month of lines that are no correction, or an empty text; None for a file that does not tell them apart."""
    import pyarrow.compute as pc

    found = {folded(name): table[name].cast("string") for name in table.column_names}
    if not found.keys() >= set(_SURVEYED):
        return None
    start, corrected = (found[name] for name in _SURVEYED)
    other = pc.not_equal(pc.utf8_lower(corrected), "true").fill_null(True)
    return pc.max(pc.utf8_slice_codeunits(start.filter(other), 0, len("2026-10"))).as_py() or ""
