"""One line of the AWS bill as a row of a Cost and Usage Report, by the legacy names of the columns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from charges import ZERO, Line, hourly, month_after
from focus_rows import LAST_MONTH
from identities import REGIONS, invoice_id, resource_id, short
from inventory import ACCOUNTS, Commitment, Price

Value = str | Decimal | date
Row = dict[str, Value]
AWS = ACCOUNTS["AWS"]
NORMAL = Decimal(8)  # normalised units of an xlarge
KINDS = {"Tax": "Tax", "Credit": "Credit"}
CODES = {
    "AWS Data Transfer": "AWSDataTransfer",
    "AWS Lambda": "AWSLambda",
    "Amazon Bedrock": "AmazonBedrock",
    "Amazon CloudFront": "AmazonCloudFront",
    "Amazon CloudWatch": "AmazonCloudWatch",
    "Amazon DynamoDB": "AmazonDynamoDB",
    "Amazon ElastiCache": "AmazonElastiCache",
    "Amazon Elastic Block Store": "AmazonEC2",
    "Amazon Elastic Compute Cloud": "AmazonEC2",
    "Amazon Elastic Kubernetes Service": "AmazonEKS",
    "Amazon GuardDuty": "AmazonGuardDuty",
    "Amazon Redshift": "AmazonRedshift",
    "Amazon Relational Database Service": "AmazonRDS",
    "Amazon Simple Queue Service": "AWSQueueService",
    "Amazon Simple Storage Service": "AmazonS3",
    "Amazon Virtual Private Cloud": "AmazonVPC",
    "Elastic Load Balancing": "AWSELB",
}
UNITS = {"Hours": "Hrs", "GB-Months": "GB-Mo"}
BUSINESS_UNITS = {"061155820934": "Data", "004810275539": "Central"}


@dataclass(frozen=True)
class Left:
    """What a fee paid for and nobody used."""

    quantity: Decimal
    cost: Decimal


def unused(bill: list[Line]) -> dict[tuple[str, date], Left]:
    """By commitment and start of the fee: a savings plan's is of a day, a reservation's of a month."""
    left: dict[tuple[str, date], Left] = defaultdict(lambda: Left(ZERO, ZERO))
    for line in bill:
        if line.status == "Unused" and line.commitment:
            key = (line.commitment.identity, line.start if line.commitment.spend else line.month)
            left[key] = Left(left[key].quantity + (line.committed or ZERO), left[key].cost + line.costs.effective)
    return left


def kind_of(line: Line) -> str:
    """The LineItemType."""
    commitment = line.commitment
    if commitment and line.category == "Purchase":
        return "SavingsPlanRecurringFee" if commitment.spend else "RIFee"
    if commitment:
        return "SavingsPlanCoveredUsage" if commitment.spend else "DiscountedUsage"
    return KINDS.get(line.category, "Refund" if line.costs.billed < 0 else "Usage")


def row_of(line: Line, left: dict[tuple[str, date], Left]) -> Row:
    kind, commitment = kind_of(line), line.commitment
    name = line.meter.name if line.meter else line.description
    usage = {"lineItem/UsageAmount": line.quantity or Decimal(1), **_rated(line, kind)}
    row = {**head(line, kind, f"{name}:{line.account}"), **usage, **product(line), **_pricing(line, kind), **_tags(line)}
    if commitment and line.category == "Purchase":
        return row | _fee(line, commitment, left.get((commitment.identity, line.start), Left(ZERO, ZERO)))
    return row | _covered(line, commitment) if commitment else row


def head(line: Line, kind: str, name: str) -> Row:
    """Who and when. Of a resource and SKU the identity is the same every day: only with its interval it is a key."""
    sku = line.meter.price.sku if line.meter else ""
    return {
        "identity/LineItemId": short(f"{kind}:{name}:{sku}", 26),
        "identity/TimeInterval": f"{line.start}T00:00:00Z/{line.end}T00:00:00Z",
        "bill/InvoiceId": invoice_id("AWS", line.month, LAST_MONTH),
        "bill/InvoicingEntity": AWS.issuer,
        "bill/BillingEntity": "AWS",
        "bill/BillType": "Refund" if line.correction else "Anniversary",
        "bill/PayerAccountId": AWS.billing_id,
        "bill/PayerAccountName": AWS.billing_name,
        "bill/BillingPeriodStartDate": line.month,
        "bill/BillingPeriodEndDate": month_after(line.month),
        "lineItem/UsageAccountId": line.account,
        "lineItem/UsageAccountName": AWS.sub_accounts[line.account],
        "lineItem/LineItemType": kind,
        "lineItem/UsageStartDate": line.start,
        "lineItem/UsageEndDate": line.end,
        "lineItem/CurrencyCode": AWS.currency,
        "lineItem/LineItemDescription": line.description,
        "lineItem/LegalEntity": AWS.issuer,
        "costCategory/Business Unit": BUSINESS_UNITS.get(line.account, "Shop"),
    }


def _rated(line: Line, kind: str) -> Row:
    """Unblended: a reservation's usage costs nothing, a savings plan's what it would cost on demand."""
    cost = line.costs.listed if kind == "SavingsPlanCoveredUsage" else line.costs.billed
    rate = line.meter.price.price if line.meter and kind != "DiscountedUsage" else ZERO
    return costs(cost, f"{rate:.10f}" if line.meter else "")


def costs(cost: Decimal, rate: str = "") -> Row:
    names = ("lineItem/UnblendedCost", "lineItem/BlendedCost")
    return {**dict.fromkeys(names, cost), "lineItem/UnblendedRate": rate, "lineItem/BlendedRate": rate}


def product(line: Line) -> Row:
    service, meter = line.service[0], line.meter
    code = CODES.get(service, service)
    if meter is None:
        owner = line.commitment
        bought = "ComputeSavingsPlans" if owner and owner.spend else code
        return {"lineItem/ProductCode": bought, "product/ProductName": "Savings Plans for AWS Compute usage" if bought != code else service}
    used = meter.price.meter if meter.region != "eu-west-1" else f"EU-{meter.price.meter}"
    found: Row = {
        "lineItem/ProductCode": code,
        "lineItem/UsageType": used,
        "lineItem/Operation": "RunInstances" if meter.price.resource_type == "EC2 Instance" else meter.price.resource_type.replace(" ", ""),
        "lineItem/AvailabilityZone": meter.zone,
        "lineItem/ResourceId": resource(line),
        "product/ProductName": service,
        "product/location": REGIONS[meter.region].replace("Europe", "EU"),
        "product/productFamily": f"{line.service[2]}",
        "product/region": meter.region,
        "product/regionCode": meter.region,
        "product/servicecode": code,
        "product/servicename": service,
        "product/sku": meter.price.sku,
        "product/usagetype": used,
    }
    return found | _machine(meter.price)


def _machine(price: Price) -> Row:
    names = {"InstanceType": "instanceType", "CoreCount": "vcpu", "MemorySize": "memory", "OperatingSystem": "operatingSystem"}
    details = {f"product/{names[key]}": value for key, value in price.details.items() if key in names}
    if memory := details.get("product/memory"):
        details["product/memory"] = f"{memory} GiB"
    return dict(details)


def resource(line: Line) -> str:
    """Machines, volumes and buckets by their bare id, all else by its ARN, as AWS does."""
    assert line.meter is not None  # noqa: S101 - narrows the type: only metered lines come here
    arn = resource_id(line.meter)
    if ":ec2:" in arn and "natgateway" not in arn:
        return arn.rpartition("/")[2]
    return arn.rpartition(":")[2] if ":s3:" in arn else arn


def _pricing(line: Line, kind: str) -> Row:
    price = line.meter.price if line.meter else None
    if price is None:
        return {}
    term = {"DiscountedUsage": "Reserved", "SavingsPlanCoveredUsage": "OnDemand"}.get(kind, "OnDemand")
    return {
        "pricing/RateCode": f"{price.sku}.JRTCKXETXF.6YS6EN2CT7",
        "pricing/RateId": str(int(short(price.sku, 8), 16)),
        "pricing/currency": AWS.currency,
        "pricing/publicOnDemandCost": line.costs.listed,
        "pricing/publicOnDemandRate": f"{price.price:.10f}",
        "pricing/term": "Spot" if price.pricing == "Dynamic" else term,
        "pricing/unit": UNITS.get(price.unit, price.unit),
    }


def _covered(line: Line, commitment: Commitment) -> Row:
    amount, effective = line.quantity or ZERO, line.costs.effective
    if commitment.spend:
        assert line.meter is not None  # noqa: S101 - narrows the type: covered usage is metered
        rate = line.meter.price.price * commitment.rate
        return _plan(commitment) | {"savingsPlan/SavingsPlanRate": rate, "savingsPlan/SavingsPlanEffectiveCost": effective}
    return {
        "lineItem/NormalizationFactor": NORMAL,
        "lineItem/NormalizedUsageAmount": amount * NORMAL,
        "reservation/ReservationARN": commitment.identity,
        "reservation/AmortizedUpfrontCostForUsage": ZERO,
        "reservation/RecurringFeeForUsage": effective,
        "reservation/EffectiveCost": effective,
    }


def _plan(commitment: Commitment) -> Row:
    words: Row = {"OfferingType": "ComputeSavingsPlans", "PaymentOption": "No Upfront", "PurchaseTerm": "1yr"}
    return {"savingsPlan/SavingsPlanARN": commitment.identity, **{f"savingsPlan/{name}": word for name, word in words.items()}}


def _fee(line: Line, commitment: Commitment, left: Left) -> Row:
    paid = line.costs.billed
    if commitment.spend:
        return _plan(commitment) | {
            "lineItem/UsageType": "ComputeSP:1yrNoUpfront",
            "savingsPlan/TotalCommitmentToDate": paid,
            "savingsPlan/UsedCommitment": paid - left.cost,
            "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod": ZERO,
            "savingsPlan/RecurringCommitmentForBillingPeriod": paid,
        }
    return {
        "lineItem/UsageType": "EU-HeavyUsage:db.r6g.xl",
        "lineItem/NormalizationFactor": NORMAL,
        "lineItem/NormalizedUsageAmount": (line.quantity or ZERO) * NORMAL,
        "lineItem/UnblendedRate": f"{hourly(commitment):.10f}",
        "reservation/ReservationARN": commitment.identity,
        "reservation/AmortizedUpfrontFeeForBillingPeriod": ZERO,
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": ZERO,
        "reservation/UnusedNormalizedUnitQuantity": left.quantity * NORMAL,
        "reservation/UnusedQuantity": left.quantity,
        "reservation/UnusedRecurringFee": left.cost,
        "reservation/NumberOfReservations": "3",
        "pricing/term": "Reserved",
        "pricing/unit": "Hrs",
    }


def _tags(line: Line) -> Row:
    return {f"resourceTags/user:{key}": value for key, value in (line.meter.tags if line.meter else {}).items()}
