"""Names of Oracle Cloud Infrastructure: the FOCUS category of its services, its regions, and its kinds of resources."""

from __future__ import annotations

__all__ = ["REGIONS", "RESOURCES", "SERVICES"]

_BY_CATEGORY = {
    "AI and Machine Learning": "AI_ANOMALY_DETECTION AI_LANGUAGE AI_SPEECH AI_VISION DATA_SCIENCE DIGITAL_ASSISTANT DOCUMENT_UNDERSTANDING"
    " GENERATIVE_AI GENERATIVE_AI_AGENTS",
    "Analytics": "ANALYTICS BIG_DATA BIGDATA DATA_CATALOG DATA_FLOW DATA_INTEGRATION DATAFLOW OAC STREAMING_ANALYTICS",
    "Business Applications": "APPLICATION_PERFORMANCE EMAIL_DELIVERY",
    "Compute": "COMPUTE CONTAINER_ENGINE CONTAINER_INSTANCES FUNCTIONS OKE VMWARE VMWARE_SOLUTION",
    "Databases": "ADW ATP AUTONOMOUS_DATABASE DATABASE EXADATA GOLDENGATE HEATWAVE MYSQL NOSQL OPENSEARCH POSTGRESQL REDIS",
    "Developer Tools": "DEVOPS RESOURCE_MANAGER VISUAL_BUILDER",
    "Identity": "IDENTITY IDCS",
    "Integration": "API_GATEWAY APIGATEWAY INTEGRATION NOTIFICATIONS ONS QUEUE STREAMING",
    "Management and Governance": "APM LOGGING LOGGING_ANALYTICS MONITORING OPERATIONS_INSIGHTS STACK_MONITORING TELEMETRY",
    "Media": "MEDIA_SERVICES",
    "Migration": "DATABASE_MIGRATION",
    "Networking": "CDN DNS FASTCONNECT LOAD_BALANCER LOADBALANCER NETWORK NETWORK_LOAD_BALANCER VCN VIRTUAL_CLOUD_NETWORK",
    "Security": "BASTION CLOUD_GUARD DATA_SAFE DATASAFE KEY_MANAGEMENT KMS NETWORK_FIREWALL VAULT WAF",
    "Storage": "ARCHIVE_STORAGE BLOCK_STORAGE FILE_STORAGE LUSTRE OBJECT_STORAGE OBJECTSTORE",
}

#: product/service -> ServiceCategory, from Oracle's product pages and the categories of FOCUS
SERVICES = {code: category for category, codes in _BY_CATEGORY.items() for code in codes.split()}

_REGIONS = (
    "af-johannesburg-1=South Africa Central (Johannesburg)|ap-chuncheon-1=South Korea North (Chuncheon)"
    "|ap-hyderabad-1=India South (Hyderabad)|ap-melbourne-1=Australia Southeast (Melbourne)|ap-mumbai-1=India West (Mumbai)"
    "|ap-osaka-1=Japan Central (Osaka)|ap-seoul-1=South Korea Central (Seoul)|ap-singapore-1=Singapore (Singapore)"
    "|ap-singapore-2=Singapore West (Singapore)|ap-sydney-1=Australia East (Sydney)|ap-tokyo-1=Japan East (Tokyo)"
    "|ca-montreal-1=Canada Southeast (Montreal)|ca-toronto-1=Canada Southeast (Toronto)|eu-amsterdam-1=Netherlands Northwest (Amsterdam)"
    "|eu-frankfurt-1=Germany Central (Frankfurt)|eu-madrid-1=Spain Central (Madrid)|eu-marseille-1=France South (Marseille)"
    "|eu-milan-1=Italy Northwest (Milan)|eu-paris-1=France Central (Paris)|eu-stockholm-1=Sweden Central (Stockholm)"
    "|eu-zurich-1=Switzerland North (Zurich)|il-jerusalem-1=Israel Central (Jerusalem)|me-abudhabi-1=UAE Central (Abu Dhabi)"
    "|me-dubai-1=UAE East (Dubai)|me-jeddah-1=Saudi Arabia West (Jeddah)|mx-monterrey-1=Mexico Northeast (Monterrey)"
    "|mx-queretaro-1=Mexico Central (Queretaro)|sa-bogota-1=Colombia Central (Bogota)|sa-santiago-1=Chile Central (Santiago)"
    "|sa-saopaulo-1=Brazil East (Sao Paulo)|sa-valparaiso-1=Chile West (Valparaiso)|sa-vinhedo-1=Brazil Southeast (Vinhedo)"
    "|uk-cardiff-1=UK West (Newport)|uk-london-1=UK South (London)|us-ashburn-1=US East (Ashburn)|us-chicago-1=US Midwest (Chicago)"
    "|us-phoenix-1=US West (Phoenix)|us-sanjose-1=US West (San Jose)"
)

#: product/region -> RegionName, from Oracle's list of regions
REGIONS = dict(pair.split("=") for pair in _REGIONS.split("|"))

_RESOURCES = (
    "instance=Instance|volume=Block Volume|bootvolume=Boot Volume|volumebackup=Volume Backup|bucket=Bucket|filesystem=File System"
    "|autonomousdatabase=Autonomous Database|dbsystem=DB System|mysqldbsystem=MySQL DB System|cluster=Cluster|vnic=VNIC"
    "|loadbalancer=Load Balancer|networkloadbalancer=Network Load Balancer|natgateway=NAT Gateway|publicip=Public IP|image=Image"
    "|fnfunc=Function|apigateway=API Gateway|key=Key|vault=Vault|stream=Stream|log=Log|tenancy=Tenancy|compartment=Compartment"
)

#: the kind in an ocid1.kind.realm.region.id -> ResourceType
RESOURCES = dict(pair.split("=") for pair in _RESOURCES.split("|"))
