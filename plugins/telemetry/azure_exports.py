"""Azure cost exports: enterprise and customer agreements, pay-as-you-go, in any language, and Azure's own FOCUS export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.exports import Conversion, Converter, CostExport, ExportConfig, Noticed, Raw
from finopsnb.plugins.files import BillingFile

from ._azure_charges import COST, DAY, account_of, charge_of, currency_of, period_of
from ._azure_columns import commitment, others
from ._azure_costs import amounts_of, costs, has_no_list_cost, quantities
from ._azure_kinds import Content, content_of, said_by, survey
from ._azure_parts import Part, is_alone, noticed, parts_of, skipped

__all__ = ["AzureExportsConfig", "AzureExportsPlugin"]


_FILLED = "Azure says no list price; ListCost is what is contracted, or the cost itself"


class AzureExportsConfig(ExportConfig):
    """Where the export is, and what cost it has."""

    kind: Literal["auto", "actual", "amortized", "both", "usage"] = Field(
        "auto", description="What cost every file has; auto finds out by names (actual, amortized) and rows; usage: no commitments"
    )


class AzureExportsPlugin(CostExport):
    """Collects Azure cost and usage exports, actual and amortised together.

    BilledCost is what the actual cost says, EffectiveCost what the amortised cost says: all amortised rows, with BilledCost
    0 where a commitment paid, and of the actual rows the purchases and refunds of commitments, with EffectiveCost 0. Where
    there is no amortised cost all actual rows count, and a finding says so. Source: Microsoft's description of the cost and
    usage details file and of their conversion to FOCUS, and the FOCUS specification 1.2.
    """

    metadata = PluginMetadata(
        name="azure-exports",
        version="1.0.0",
        author="The finopsnb authors",
        description="Collects Azure cost exports (EA, MCA, pay-as-you-go; actual and amortised) and Azure's FOCUS export.",
        plugin_type=PluginType.TELEMETRY,
        tags=("azure", "focus", "files"),
        license="Apache-2.0",
    )

    Config = AzureExportsConfig
    config: AzureExportsConfig

    called = "cost and usage export of Azure"
    needs: ClassVar = (COST, DAY)

    _variants: Mapping[str, str] = MappingProxyType({})
    _contents: Mapping[str, Content] = MappingProxyType({})
    _seen: Mapping[str, Any] = MappingProxyType({})

    def prepare(self, files: Sequence[BillingFile]) -> None:
        """Find out which files have actual and which amortised cost; their rows are looked at only where names do not tell."""
        kinds = {file.name: self._kind(file) for file in files}
        self._variants = kinds
        told = set(kinds.values())
        self._contents = self._looked_at(files, kinds) if "" in told or len(told) > 1 else {name: Content(kinds[name]) for name in kinds}
        self._variants = {name: str(part) for name, part in parts_of(self._contents).items()}

    def variant(self, file: BillingFile) -> str:
        """How the rows of the file count."""
        return self._variants[file.name]

    def further_periods(self, file: BillingFile) -> set[str]:
        """Those of rows that are left out too: without the other file they would count."""
        return {period for _, period, _ in self._contents[file.name].charges if period}

    def convert(self, raw: Raw, variant: str) -> Conversion:
        part, charge = Part.of(variant), charge_of(raw)
        amounts = amounts_of(raw, charge)
        priced = quantities(raw, charge, amounts)
        committed = commitment(raw, charge, amounts.cost, amounts.quantity, priced["PricingUnit"])
        money = costs(charge, amounts, is_alone(raw, part))
        left_out = skipped(raw, part, charge)
        filled = has_no_list_cost(charge, amounts)
        for one in left_out:
            filled &= ~one.where
        return Conversion(
            {**others(raw, charge), **money, **priced, **committed, **raw.others(self.config.keep)},
            skipped=left_out,
            noticed=[*noticed(raw, part, charge), Noticed(filled, "list-cost-filled", "ListCost", _FILLED)],
        )

    def control(self, raw: Raw, variant: str) -> Conversion:
        """The cost column, once as billed and once as amortised."""
        from finopsnb.plugins.exports import values as v

        part, charge, cost = Part.of(variant), charge_of(raw), raw.text(*COST)
        amortized = ~is_alone(raw, part)
        bill = {"BillingAccountId": account_of(raw), "BillingPeriodStart": period_of(raw)[0], "BillingCurrency": currency_of(raw)}
        billed = v.choose((amortized & (charge.covered | charge.unused), "0"), otherwise=cost)
        effective = v.choose((amortized & charge.bought, "0"), otherwise=cost)
        return Conversion({**bill, "BilledCost": billed, "EffectiveCost": effective}, skipped=skipped(raw, part, charge))

    def _kind(self, file: BillingFile) -> str:
        return said_by(file.name, self.config.path) if self.config.kind == "auto" else self.config.kind

    def _looked_at(self, files: Sequence[BillingFile], kinds: Mapping[str, str]) -> dict[str, Content]:
        """What the rows of each file tell; of a file that was looked at before and is what it was, what they told then."""
        seen, contents = self._known(), {}
        with Converter(survey, settings="") as converter:
            for file in files:
                mark = [file.size, file.stamp, kinds[file.name]]
                if not file.is_stamped or seen.get(file.name, {}).get("mark") != mark:
                    content = content_of(self._read(converter, file), kinds[file.name])
                    seen[file.name] = {"mark": mark, **asdict(content)}
                contents[file.name] = Content.of(seen[file.name])
        self._seen = {name: seen[name] for name in contents}
        if self.context.run_id is not None:
            self.context.remember(self._looked, dict(self._seen))
        return contents

    def _known(self) -> dict[str, Any]:
        kept = self.context.get_state(self._looked) if self.context.run_id is not None else None
        return {**(kept or {}), **self._seen}

    @property
    def _looked(self) -> str:
        return f"contents:{self.source}"
