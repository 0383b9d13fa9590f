"""Identifiers and names as each provider writes them; invented, stable, and with their leading zeros."""

from __future__ import annotations

import hashlib
from datetime import date

from inventory import Meter

REGIONS = {
    "eu-west-1": "Europe (Ireland)",
    "us-east-1": "US East (N. Virginia)",
    "westeurope": "EU West",
    "europe-west1": "Belgium",
    "": "",
}

AWS_PATHS = {
    "EC2 Instance": "ec2:{region}:{account}:instance/i-0{short}",
    "EBS Volume": "ec2:{region}:{account}:volume/vol-0{short}",
    "EBS Snapshot": "ec2:{region}:{account}:snapshot/snap-0{short}",
    "NAT Gateway": "ec2:{region}:{account}:natgateway/nat-0{short}",
    "Load Balancer": "elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{short}",
    "RDS Instance": "rds:{region}:{account}:db:{name}",
    "Cache Node": "elasticache:{region}:{account}:cluster:{name}",
    "S3 Bucket": "s3:::{name}",
    "Lambda Function": "lambda:{region}:{account}:function:{name}",
    "DynamoDB Table": "dynamodb:{region}:{account}:table/{name}",
    "CloudFront Distribution": "cloudfront::{account}:distribution/E{short}",
    "Log Group": "logs:{region}:{account}:log-group:/{name}",
    "EKS Cluster": "eks:{region}:{account}:cluster/{name}",
    "Queue": "sqs:{region}:{account}:{name}",
    "Redshift Cluster": "redshift:{region}:{account}:cluster:{name}",
    "Inference Profile": "bedrock:{region}:{account}:application-inference-profile/{name}",
    "Detector": "guardduty:{region}:{account}:detector/{short}",
}

AZURE_TYPES = {
    "Virtual machine": "Microsoft.Compute/virtualMachines",
    "Disk": "Microsoft.Compute/disks",
    "SQL database": "Microsoft.Sql/servers/larkspur/databases",
    "Storage account": "Microsoft.Storage/storageAccounts",
    "App Service plan": "Microsoft.Web/serverfarms",
    "Log Analytics workspace": "Microsoft.OperationalInsights/workspaces",
    "Public IP address": "Microsoft.Network/publicIPAddresses",
    "Azure Cosmos DB account": "Microsoft.DocumentDB/databaseAccounts",
    "Kubernetes service": "Microsoft.ContainerService/managedClusters",
    "Azure OpenAI account": "Microsoft.CognitiveServices/accounts",
}

GOOGLE_PATHS = {
    "Instance": "//compute.googleapis.com/projects/{account}/zones/{zone}/instances/{name}",
    "Disk": "//compute.googleapis.com/projects/{account}/zones/{zone}/disks/{name}",
    "Dataset": "//bigquery.googleapis.com/projects/{account}/datasets/{name}",
    "Bucket": "//storage.googleapis.com/{name}",
    "SQL Instance": "//cloudsql.googleapis.com/projects/{account}/instances/{name}",
    "Service": "//run.googleapis.com/projects/{account}/locations/{region}/services/{name}",
    "Cluster": "//container.googleapis.com/projects/{account}/zones/{zone}/clusters/{name}",
    "Log Bucket": "//logging.googleapis.com/projects/{account}/locations/global/buckets/{name}",
    "Training Job": "//aiplatform.googleapis.com/projects/{account}/locations/{region}/trainingPipelines/{name}",
}


def short(text: str, length: int = 16) -> str:
    """A stable hexadecimal name for ``text``."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:length]


def resource_id(meter: Meter) -> str:
    """The resource's identifier, the same for every SKU that measures it."""
    kind = meter.price.resource_type
    words = {"region": meter.region, "zone": meter.zone, "account": meter.account, "name": meter.name}
    if meter.price.provider == "AWS":
        return "arn:aws:" + AWS_PATHS[kind].format(short=short(meter.account + meter.name), **words)
    if meter.price.provider == "Microsoft":
        group = meter.tags.get("application", "shared")
        return f"/subscriptions/{meter.account}/resourcegroups/rg-{group}/providers/{AZURE_TYPES[kind]}/{meter.name}"
    return GOOGLE_PATHS[kind].format(**words)


def invoice_id(provider: str, month: date, last: date) -> str:
    """The invoice of a billing month; none yet for the newest of AWS and Google Cloud."""
    if provider == "Microsoft":
        return f"G0{short(provider + month.isoformat(), 8).upper()}"
    if month >= last:
        return ""
    number = int(short(provider + month.isoformat(), 8), 16) % 10**9
    return f"0{number:09d}"
