"""What a row of an Azure export is: whose it is, of which period, and whether a commitment paid for it or was bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from finopsnb.plugins.exports import Raw

__all__ = ["COST", "DAY", "Charge", "account_of", "charge_of", "currency_of", "period_of", "subscription_of"]

#: the column with what a row costs, in the words of the agreements, newest first
COST = ("CostInBillingCurrency", "Cost", "PreTaxCost", "ExtendedCost")
DAY = ("Date", "UsageDateTime", "UsageDate")


@dataclass(frozen=True)
class Charge:
    """Conditions on a row; ``kind`` is its ChargeType in lower case, ``usage`` where the export has none."""

    kind: Any
    #: a commitment has to do with it: of either type
    reservation: Any
    plan: Any
    committed: Any
    #: what of a commitment nobody used; usage that a commitment paid for; the purchase or the refund of a commitment
    unused: Any
    covered: Any
    bought: Any
    #: ChargeCategory
    usage: Any
    purchase: Any


def charge_of(raw: Raw) -> Charge:
    """What the row is; a refund of what was charged by use is usage, other refunds are of purchases."""
    kind = raw.named("kind", raw.text("ChargeType").lower().fill_null("usage"))
    reservation, plan = _commitment(raw, kind)
    committed = raw.named("committed", reservation | plan)
    unused = raw.named("unused", kind.startswith("unused"))
    by_use = (raw.text("Frequency") == "UsageBased").fill_null(False)
    returned = raw.named("returned", (kind == "refund") & by_use & ~committed)
    purchase = raw.named("purchase", ((kind == "purchase") | (kind == "refund")) & ~returned)
    return Charge(
        kind=kind,
        reservation=reservation,
        plan=plan,
        committed=committed,
        unused=unused,
        covered=raw.named("covered", committed & (kind == "usage")),
        bought=raw.named("bought", committed & purchase),
        usage=raw.named("usage", (kind == "usage") | unused | returned),
        purchase=purchase,
    )


def _commitment(raw: Raw, kind: Any) -> tuple[Any, Any]:
    """Whether it is of a reservation or of a savings plan; in exports without PricingModel an identifier of one tells."""
    model, benefit = raw.named("model", raw.text("PricingModel").lower()), raw.named("benefit", raw.text("benefitId").lower())
    silent = model.isnull()
    by_plan = silent & benefit.contains("/microsoft.billingbenefits/").fill_null(False)
    by_reservation = silent & (raw.text("ReservationId").notnull() | benefit.contains("/microsoft.capacity/").fill_null(False))
    said = model.startswith("savings").fill_null(False)
    plan = raw.named("plan", said | (kind == "unusedsavingsplan") | by_plan)
    named = (model == "reservation").fill_null(False) | (kind == "unusedreservation")
    return raw.named("reservation", (named | by_reservation) & ~plan), plan


def is_profile(raw: Raw) -> Any:
    """Whether the row is of a customer agreement, which bills each billing profile of an account."""
    account, profile = raw.text("BillingAccountId"), raw.text("BillingProfileId")
    return raw.named("is_profile", (profile.notnull() & (account.isnull() | (account != profile))).fill_null(False))


def account_of(raw: Raw) -> Any:
    """The billing account of an enterprise agreement, the billing profile of a customer agreement."""
    from finopsnb.plugins.exports import values as v

    return raw.named("account", v.choose((is_profile(raw), raw.text("BillingProfileId")), otherwise=raw.text("BillingAccountId")))


def period_of(raw: Raw) -> tuple[Any, Any]:
    """Its first instant and its end, which is the first instant of the next; of an export without periods the month of the day."""
    from finopsnb.plugins.exports import values as v

    start = raw.day("BillingPeriodStartDate", "BillingPeriodStart").fill_null(v.start_of_month(raw.day(*DAY)))
    start = raw.named("period", start)
    return start, v.next_day(raw.day("BillingPeriodEndDate", "BillingPeriodEnd")).fill_null(v.next_month(start))


def subscription_of(raw: Raw) -> Any:
    """The subscription, as text."""
    return raw.text("SubscriptionId", "SubscriptionGuid")


def currency_of(raw: Raw) -> Any:
    """The currency of the bill."""
    return raw.named("currency", raw.text("BillingCurrencyCode", "BillingCurrency", "Currency").upper())
