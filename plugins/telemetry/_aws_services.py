"""AWS product codes and the FOCUS service category of each."""

from __future__ import annotations

__all__ = ["SERVICES"]

_BY_CATEGORY = {
    "AI and Machine Learning": "AmazonBedrock AmazonBedrockFoundationModels AmazonSageMaker AmazonRekognition AmazonTextract "
    "AmazonPolly AmazonLex comprehend translate transcribe AmazonKendra AmazonQ AmazonPersonalize AmazonForecast",
    "Analytics": "AmazonAthena AWSGlue AmazonRedshift AmazonKinesis AmazonKinesisFirehose AmazonKinesisAnalytics ElasticMapReduce "
    "AmazonQuickSight AmazonES AmazonMSK AWSLakeFormation AmazonDataZone AWSDataExchange",
    "Business Applications": "AmazonSES AmazonPinpoint AmazonConnect AmazonWorkMail AmazonChime AmazonWorkSpaces AmazonAppStream "
    "AmazonWorkDocs",
    "Compute": "AmazonEC2 AWSLambda AmazonECS AmazonEKS AmazonLightsail AWSElasticBeanstalk AWSBatch AmazonECR AmazonECRPublic "
    "AWSOutposts AppRunner AWSAppRunner ComputeSavingsPlans AWSServerlessRepo",
    "Databases": "AmazonRDS AmazonDynamoDB AmazonElastiCache AmazonDocDB AmazonNeptune AmazonDAX AmazonMemoryDB AmazonTimestream "
    "AmazonKeyspaces AmazonMCS AWSDatabaseMigrationSvc DatabaseSavingsPlans",
    "Developer Tools": "CodeBuild AWSCodePipeline AWSCodeCommit AWSCodeArtifact AWSCodeDeploy AWSCloudShell AWSXRay AmazonCloud9",
    "Web": "AWSAmplify",
    "Mobile": "AWSDeviceFarm",
    "Identity": "AmazonCognito AWSDirectoryService awskms AWSIAMAccessAnalyzer",
    "Integration": "AWSQueueService AmazonSNS AWSEvents AmazonStates AmazonMQ AmazonApiGateway AWSAppSync AmazonSWF AmazonMWAA",
    "Internet of Things": "AWSIoT IoTDeviceManagement IoTDeviceDefender AWSGreengrass AWSIoTAnalytics AWSIoTSiteWise",
    "Management and Governance": "AmazonCloudWatch AWSCloudTrail AWSConfig AWSSystemsManager AWSCloudFormation AWSServiceCatalog "
    "AWSCostExplorer AWSBudgets AWSTrustedAdvisor AWSSupportBusiness AWSSupportEnterprise AWSDeveloperSupport AWSSupportBasic "
    "AWSControlTower AWSXRayGovernance",
    "Media": "AWSElementalMediaConvert AWSElementalMediaLive AWSElementalMediaPackage AWSElementalMediaStore AmazonElasticTranscoder "
    "AmazonIVS",
    "Migration": "AWSMigrationHub AWSApplicationMigrationService AWSDataSync AWSTransfer AWSSnowball",
    "Networking": "AmazonVPC AmazonCloudFront AmazonRoute53 AWSDataTransfer AWSELB AWSDirectConnect AWSGlobalAccelerator "
    "AWSNetworkFirewall AWSCloudMap AWSAppMesh",
    "Security": "AmazonGuardDuty AmazonInspector AmazonInspectorV2 AmazonMacie AWSSecurityHub AWSSecretsManager awswaf AWSShield "
    "AmazonDetective AWSFMS AWSCertificateManager AWSCloudHSM AWSAuditManager",
    "Storage": "AmazonS3 AmazonGlacier AmazonS3GlacierDeepArchive AmazonEFS AmazonFSx AWSBackup AWSStorageGateway "
    "AWSStorageGatewayDeepArchive",
}

#: product code -> ServiceCategory, from AWS's product pages and the categories of FOCUS
SERVICES = {code: category for category, codes in _BY_CATEGORY.items() for code in codes.split()}
