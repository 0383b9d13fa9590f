"""Azure's meter categories and resource providers by the service categories of FOCUS, and the names of resource types."""

from __future__ import annotations

__all__ = ["CATEGORIES", "FAMILIES", "PROVIDERS", "TYPES"]

_METERS = {
    "AI and Machine Learning": "Azure OpenAI,Azure OpenAI Service,Cognitive Services,Azure Machine Learning,"
    "Azure Cognitive Search,Azure AI Search,Azure Applied AI Services,Foundry Models,Azure Bot Service,Machine Learning Studio,"
    "Azure AI Services",
    "Analytics": "Azure Databricks,Azure Synapse Analytics,Azure Data Factory,Azure Data Factory v2,Azure Data Explorer,HDInsight,"
    "Stream Analytics,Azure Analysis Services,Power BI Embedded,Data Lake Analytics,Microsoft Fabric,Azure Purview,"
    "Microsoft Purview,Data Catalog",
    "Compute": "Virtual Machines,Virtual Machines Licenses,Cloud Services,Azure Kubernetes Service,Container Instances,"
    "Azure Container Apps,Container Registry,Functions,Batch,Azure VMware Solution,Specialized Compute,Service Fabric,"
    "Service Fabric Mesh,Azure Spring Cloud,Azure Spring Apps,Azure Red Hat OpenShift,Azure Dedicated Host,"
    "Microsoft Azure Savings Plan for Compute,"
    "Windows 365,Azure Virtual Desktop,Windows Virtual Desktop",
    "Databases": "SQL Database,SQL Managed Instance,SQL Server Stretch Database,SQL Data Warehouse,Azure SQL Database,"
    "Azure Cosmos DB,Azure Database for MySQL,Azure Database for PostgreSQL,Azure Database for MariaDB,Redis Cache,"
    "Azure Cache for Redis,Azure Managed Redis,Azure Database Migration Service,Azure Arc Enabled Databases",
    "Developer Tools": "Azure DevOps,Visual Studio Subscription,Azure DevTest Labs,App Configuration,Azure Load Testing,"
    "Microsoft Dev Box,GitHub,GitHub AE,Azure App Testing,Application Center,Visual Studio",
    "Identity": "Azure Active Directory,Azure Active Directory B2C,Azure Active Directory for External Identities,Microsoft Entra,"
    "Azure Active Directory Domain Services,Microsoft Entra Domain Services",
    "Integration": "Logic Apps,Service Bus,Event Hubs,Event Grid,API Management,Azure API for FHIR,SignalR,Notification Hubs,"
    "BizTalk Services,Azure Web PubSub,Azure Communication Services,Azure Health Data Services",
    "Internet of Things": "IoT Hub,IoT Central,Azure IoT Edge,Digital Twins,Azure Digital Twins,Windows 10 IoT Core Services,"
    "Azure Maps,Azure Sphere,Time Series Insights",
    "Management and Governance": "Azure Monitor,Log Analytics,Application Insights,Automation,Insight and Analytics,Azure Policy,"
    "Cost Management,Azure Site Recovery,Azure Managed Grafana,Azure Arc,Azure Lighthouse,Azure Update Manager,Scheduler,"
    "Azure Grafana Service,Network Watcher,Microsoft Copilot in Azure,Azure Chaos Studio,Azure Resource Manager",
    "Media": "Media Services,Azure Video Indexer,Azure Media Player,Azure Remote Rendering",
    "Migration": "Azure Migrate,Azure Data Box,Azure Import/Export,Data Box",
    "Networking": "Bandwidth,Virtual Network,Load Balancer,Application Gateway,VPN Gateway,ExpressRoute,Azure DNS,"
    "Content Delivery Network,Azure Front Door Service,Azure Front Door,Traffic Manager,Azure Firewall,Azure Firewall Manager,"
    "NAT Gateway,Azure Bastion,Virtual WAN,Azure Private Link,Azure Route Server,Azure Orbital,Virtual Network Manager,"
    "Rtn Preference: MGN,Azure Peering Service",
    "Security": "Advanced Threat Protection,Advanced Data Security,Security Center,Microsoft Defender for Cloud,Key Vault,"
    "Azure DDOS Protection,Sentinel,Microsoft Sentinel,Azure Attestation,Azure Dedicated HSM,Azure Information Protection,"
    "Azure Defender,Azure Confidential Ledger",
    "Storage": "Storage,Storage Accounts,Managed Disks,Backup,Azure NetApp Files,Azure Data Lake Storage,StorSimple,"
    "Azure HPC Cache,Data Lake Store,Azure Data Share,Azure File Sync,Azure Elastic SAN,Azure Managed Lustre",
    "Web": "Azure App Service,App Service,Azure Static Web Apps,Static Web Apps,Azure Cognitive Search for Web,Bing Search",
}

_NAMESPACES = {
    "AI and Machine Learning": "cognitiveservices machinelearningservices machinelearning search botservice",
    "Analytics": "databricks synapse datafactory kusto hdinsight streamanalytics analysisservices powerbidedicated fabric purview",
    "Compute": "compute classiccompute containerservice containerinstance containerregistry batch app servicefabric avs capacity "
    "billingbenefits redhatopenshift appplatform desktopvirtualization",
    "Databases": "sql documentdb dbformysql dbforpostgresql dbformariadb cache sqlvirtualmachine azurearcdata datamigration",
    "Developer Tools": "visualstudio devops devtestlab devcenter appconfiguration loadtestservice",
    "Identity": "azureactivedirectory aad aadiam managedidentity",
    "Integration": "logic servicebus eventhub eventgrid apimanagement signalrservice notificationhubs communication healthcareapis relay",
    "Internet of Things": "devices iotcentral digitaltwins maps deviceupdate timeseriesinsights",
    "Management and Governance": "insights operationalinsights operationsmanagement automation policyinsights costmanagement "
    "dashboard hybridcompute recoveryservices resourcegraph chaos monitor",
    "Media": "media videoindexer",
    "Migration": "migrate databox importexport",
    "Networking": "network cdn classicnetwork networkfunction peering",
    "Security": "keyvault security securityinsights attestation hardwaresecuritymodules confidentialledger",
    "Storage": "storage classicstorage netapp storagesync datalakestore storagecache elasticsan datashare",
    "Web": "web certificateregistration domainregistration",
}

_TYPES = (
    "compute/virtualmachines=Virtual machine;compute/virtualmachinescalesets=Virtual machine scale set;compute/disks=Disk;"
    "compute/snapshots=Snapshot;compute/images=Image;compute/galleries=Azure compute gallery;"
    "compute/availabilitysets=Availability set;compute/restorepointcollections=Restore point collection;"
    "compute/hostgroups=Host group;compute/cloudservices=Cloud service;classiccompute/virtualmachines=Virtual machine (classic);"
    "containerservice/managedclusters=Kubernetes service;containerinstance/containergroups=Container instance;"
    "containerregistry/registries=Container registry;app/containerapps=Container app;"
    "app/managedenvironments=Container apps environment;batch/batchaccounts=Batch account;storage/storageaccounts=Storage account;"
    "classicstorage/storageaccounts=Storage account (classic);netapp/netappaccounts=NetApp account;web/sites=App Service web app;"
    "web/serverfarms=App Service plan;web/staticsites=Static web app;sql/servers=SQL server;"
    "sql/managedinstances=SQL managed instance;sql/servers/databases=SQL database;sql/servers/elasticpools=SQL elastic pool;"
    "documentdb/databaseaccounts=Azure Cosmos DB account;documentdb/mongoclusters=Azure Cosmos DB for MongoDB cluster;"
    "dbformysql/servers=Azure Database for MySQL server;dbformysql/flexibleservers=Azure Database for MySQL flexible server;"
    "dbforpostgresql/servers=Azure Database for PostgreSQL server;"
    "dbforpostgresql/flexibleservers=Azure Database for PostgreSQL flexible server;"
    "dbformariadb/servers=Azure Database for MariaDB server;cache/redis=Azure Cache for Redis;"
    "cache/redisenterprise=Azure Managed Redis;network/virtualnetworks=Virtual network;"
    "network/publicipaddresses=Public IP address;network/loadbalancers=Load balancer;"
    "network/applicationgateways=Application gateway;network/natgateways=NAT gateway;network/azurefirewalls=Firewall;"
    "network/bastionhosts=Bastion;network/privateendpoints=Private endpoint;network/dnszones=DNS zone;"
    "network/privatednszones=Private DNS zone;network/virtualnetworkgateways=Virtual network gateway;"
    "network/expressroutecircuits=ExpressRoute circuit;network/frontdoors=Front Door;"
    "network/trafficmanagerprofiles=Traffic Manager profile;network/networkwatchers=Network watcher;"
    "network/virtualwans=Virtual WAN;network/virtualhubs=Virtual hub;network/networkinterfaces=Network interface;"
    "network/ddosprotectionplans=DDoS protection plan;cdn/profiles=Front Door and CDN profile;"
    "operationalinsights/workspaces=Log Analytics workspace;insights/components=Application Insights;"
    "insights/metricalerts=Metric alert rule;insights/scheduledqueryrules=Log search alert rule;"
    "automation/automationaccounts=Automation account;dashboard/grafana=Azure Managed Grafana;"
    "recoveryservices/vaults=Recovery Services vault;keyvault/vaults=Key vault;security/pricings=Microsoft Defender plan;"
    "cognitiveservices/accounts=Azure AI services;search/searchservices=Search service;"
    "databricks/workspaces=Azure Databricks service;machinelearningservices/workspaces=Azure Machine Learning workspace;"
    "datafactory/factories=Data factory;synapse/workspaces=Synapse workspace;kusto/clusters=Azure Data Explorer cluster;"
    "hdinsight/clusters=HDInsight cluster;streamanalytics/streamingjobs=Stream Analytics job;fabric/capacities=Fabric capacity;"
    "purview/accounts=Microsoft Purview account;logic/workflows=Logic app;servicebus/namespaces=Service Bus namespace;"
    "eventhub/namespaces=Event Hubs namespace;eventgrid/topics=Event Grid topic;apimanagement/service=API Management service;"
    "signalrservice/signalr=SignalR;notificationhubs/namespaces=Notification Hub namespace;devices/iothubs=IoT hub;"
    "communication/communicationservices=Communication service;desktopvirtualization/hostpools=Host pool;"
    "devtestlab/labs=DevTest lab;visualstudio/account=Azure DevOps organization;avs/privateclouds=AVS private cloud;"
    "hybridcompute/machines=Machine - Azure Arc;capacity/reservationorders=Reservation;"
    "billingbenefits/savingsplanorders=Savings plan"
)

#: MeterCategory -> ServiceCategory, from Azure's list of products and the categories of FOCUS
CATEGORIES = {name: category for category, names in _METERS.items() for name in names.split(",")}

#: the namespace of a resource provider, in lower case and without ``microsoft.`` -> ServiceCategory
PROVIDERS = {name: category for category, names in _NAMESPACES.items() for name in names.split()}

#: ServiceFamily -> ServiceCategory, for what neither tells
FAMILIES = {
    "AI + Machine Learning": "AI and Machine Learning", "Analytics": "Analytics", "Compute": "Compute", "Containers": "Compute",
    "Databases": "Databases", "Developer Tools": "Developer Tools", "Identity": "Identity", "Integration": "Integration",
    "Internet of Things": "Internet of Things", "Management and Governance": "Management and Governance", "Media": "Media",
    "Mixed Reality": "Media", "Networking": "Networking", "Security": "Security", "Storage": "Storage", "Web": "Web",
    "Windows Virtual Desktop": "Compute",
}  # fmt: skip

#: a resource type, in lower case and without ``microsoft.`` -> ResourceType
TYPES = dict(one.split("=") for one in _TYPES.split(";"))
