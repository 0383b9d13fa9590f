"""Names of Google Cloud: the FOCUS category of its services, its regions, and its kinds of resources."""

from __future__ import annotations

__all__ = ["REGIONS", "RESOURCES", "SERVICES"]

_BY_CATEGORY = {
    "AI and Machine Learning": "Vertex AI|Cloud AutoML|Cloud Machine Learning Engine|AI Platform|Cloud Vision API|Cloud Natural Language"
    "|Cloud Natural Language API|Cloud Speech API|Cloud Text-to-Speech API|Translate|Cloud Translation API|Cloud Document AI API"
    "|Dialogflow API|Gemini API|Generative Language API|Recommendations AI|Discovery Engine|Vertex AI Search|Notebooks",
    "Analytics": "BigQuery|BigQuery Reservation API|BigQuery BI Engine|BigQuery Storage API|BigQuery Data Transfer Service|Cloud Dataflow"
    "|Cloud Dataproc|Cloud Data Fusion|Cloud Composer|Cloud Dataprep|Data Catalog|Dataplex|Looker|Looker Studio|Analytics Hub",
    "Compute": "Compute Engine|Kubernetes Engine|Cloud Run|Cloud Run Functions|Cloud Functions|App Engine|Container Registry"
    "|Artifact Registry|VMware Engine|Batch|Anthos|GKE Enterprise|Cloud TPU|Bare Metal Solution|Google Distributed Cloud",
    "Databases": "Cloud SQL|Cloud Spanner|Cloud Bigtable|Cloud Firestore|Firestore|Cloud Datastore|Cloud Memorystore for Redis"
    "|Cloud Memorystore for Memcached|Memorystore for Valkey|AlloyDB|Firebase Realtime Database|Database Migration Service",
    "Developer Tools": "Cloud Build|Cloud Source Repositories|Cloud Deploy|Cloud Workstations|Cloud Scheduler|Firebase|Firebase Hosting"
    "|Firebase Test Lab|Cloud Shell|Cloud Trace|Cloud Profiler",
    "Identity": "Identity Platform|Cloud Identity|Certificate Authority Service|Managed Service for Microsoft Active Directory"
    "|Identity-Aware Proxy|Firebase Auth",
    "Integration": "Cloud Pub/Sub|Cloud Pub/Sub Lite|Cloud Tasks|Eventarc|Workflows|Apigee|API Gateway|Cloud Endpoints"
    "|Application Integration|Managed Service for Apache Kafka",
    "Internet of Things": "Cloud IoT Core",
    "Management and Governance": "Cloud Logging|Cloud Monitoring|Stackdriver|Stackdriver Logging|Stackdriver Monitoring|Cloud Asset API"
    "|Backup and DR Service|Support|Customer Care|Service Directory",
    "Media": "Transcoder API|Live Stream API|Video Stitcher API|Media CDN|Cloud Video Intelligence API",
    "Migration": "Storage Transfer Service|Transfer Appliance|Migrate to Virtual Machines",
    "Networking": "Networking|Cloud DNS|Cloud CDN|Cloud Interconnect|Cloud VPN|Network Intelligence Center|Network Connectivity Center"
    "|Cloud NAT|Cloud Load Balancing|Maps API|Directions API|Places API",
    "Security": "Cloud Key Management Service (KMS)|Secret Manager|Security Command Center|reCAPTCHA Enterprise|Cloud Armor"
    "|Cloud Data Loss Prevention|Sensitive Data Protection|Web Risk API|Chronicle|Binary Authorization|Cloud IDS|Cloud NGFW",
    "Storage": "Cloud Storage|Cloud Filestore|Filestore|Parallelstore|Google Cloud NetApp Volumes|NetApp Volumes|Managed Lustre",
}

#: service.description -> ServiceCategory, from Google's product pages and the categories of FOCUS
SERVICES = {service: category for category, services in _BY_CATEGORY.items() for service in services.split("|")}

_REGIONS = (
    "africa-south1=Johannesburg|asia-east1=Taiwan|asia-east2=Hong Kong|asia-northeast1=Tokyo|asia-northeast2=Osaka"
    "|asia-northeast3=Seoul|asia-south1=Mumbai|asia-south2=Delhi|asia-southeast1=Singapore|asia-southeast2=Jakarta"
    "|australia-southeast1=Sydney|australia-southeast2=Melbourne|europe-central2=Warsaw|europe-north1=Finland"
    "|europe-north2=Stockholm|europe-southwest1=Madrid|europe-west1=Belgium|europe-west2=London|europe-west3=Frankfurt"
    "|europe-west4=Netherlands|europe-west6=Zurich|europe-west8=Milan|europe-west9=Paris|europe-west10=Berlin|europe-west12=Turin"
    "|me-central1=Doha|me-central2=Dammam|me-west1=Tel Aviv|northamerica-northeast1=Montréal|northamerica-northeast2=Toronto"
    "|northamerica-south1=Querétaro|southamerica-east1=São Paulo|southamerica-west1=Santiago|us-central1=Iowa"
    "|us-east1=South Carolina|us-east4=Northern Virginia|us-east5=Columbus|us-south1=Dallas|us-west1=Oregon|us-west2=Los Angeles"
    "|us-west3=Salt Lake City|us-west4=Las Vegas|asia=Asia (multi-region)|eu=Europe (multi-region)|europe=Europe (multi-region)"
    "|us=United States (multi-region)|global=Global"
)

#: location.region -> RegionName, from Google's list of regions
REGIONS = dict(pair.split("=") for pair in _REGIONS.split("|"))

_RESOURCES = (
    "instances=Instance|disks=Disk|buckets=Bucket|datasets=Dataset|tables=Table|clusters=Cluster|services=Service|functions=Function"
    "|jobs=Job|snapshots=Snapshot|images=Image|addresses=Address|forwardingRules=Forwarding Rule|topics=Topic"
    "|subscriptions=Subscription|databases=Database|volumes=Volume|keyRings=Key Ring|cryptoKeys=Key|endpoints=Endpoint|models=Model"
    "|repositories=Repository|reservations=Reservation|commitments=Committed Use Discount|routers=Router|vpnTunnels=VPN Tunnel"
)

#: what the path of a resource calls its kind -> ResourceType
RESOURCES = dict(pair.split("=") for pair in _RESOURCES.split("|"))
