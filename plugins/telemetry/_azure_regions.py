"""Azure regions: their names, and the spellings of older exports.

Bills write a region as ``westeurope``, ``WESTEUROPE``, ``West Europe``, or in the order of the price list, ``EU West``.
Without blanks and in lower case the first three are the RegionId; the fourth is looked up.
"""

from __future__ import annotations

__all__ = ["NAMES", "NOWHERE", "OLDER"]

_ALL = (
    "Australia Central,Australia Central 2,Australia East,Australia Southeast,Austria East,Belgium Central,Brazil South,Brazil Southeast,"
    "Canada Central,Canada East,Central India,Central US,Chile Central,China East,China East 2,China East 3,China North,China North 2,"
    "China North 3,East Asia,East US,East US 2,France Central,France South,Germany North,Germany West Central,Indonesia Central,"
    "Israel Central,Italy North,Japan East,Japan West,Jio India Central,Jio India West,Korea Central,Korea South,Malaysia West,"
    "Mexico Central,New Zealand North,North Central US,North Europe,Norway East,Norway West,Poland Central,Qatar Central,"
    "South Africa North,South Africa West,South Central US,South India,Southeast Asia,Spain Central,Sweden Central,Sweden South,"
    "Switzerland North,Switzerland West,UAE Central,UAE North,UK South,UK West,US DoD Central,US DoD East,US Gov Arizona,US Gov Texas,"
    "US Gov Virginia,West Central US,West Europe,West India,West US,West US 2,West US 3,Global"
)

#: RegionId -> RegionName
NAMES = {name.lower().replace(" ", ""): name for name in _ALL.split(",")}

#: the older spelling, in lower case and without blanks -> RegionId
OLDER = {
    "useast": "eastus", "useast2": "eastus2", "uswest": "westus", "uswest2": "westus2", "uswest3": "westus3", "uscentral": "centralus",
    "usnorthcentral": "northcentralus", "ussouthcentral": "southcentralus", "uswestcentral": "westcentralus", "euwest": "westeurope",
    "eunorth": "northeurope", "apeast": "eastasia", "apsoutheast": "southeastasia", "jaeast": "japaneast", "jawest": "japanwest",
    "brsouth": "brazilsouth", "brsoutheast": "brazilsoutheast", "aueast": "australiaeast", "ausoutheast": "australiasoutheast",
    "aucentral": "australiacentral", "aucentral2": "australiacentral2", "cacentral": "canadacentral", "caeast": "canadaeast",
    "incentral": "centralindia", "insouth": "southindia", "inwest": "westindia", "krcentral": "koreacentral", "krsouth": "koreasouth",
    "frcentral": "francecentral", "frsouth": "francesouth", "dewestcentral": "germanywestcentral", "denorth": "germanynorth",
    "chnorth": "switzerlandnorth", "chwest": "switzerlandwest", "noeast": "norwayeast", "nowest": "norwaywest",
    "secentral": "swedencentral", "sesouth": "swedensouth", "zanorth": "southafricanorth", "zawest": "southafricawest",
    "aecentral": "uaecentral", "aenorth": "uaenorth", "qacentral": "qatarcentral", "plcentral": "polandcentral",
    "itnorth": "italynorth", "ilcentral": "israelcentral", "escentral": "spaincentral", "mxcentral": "mexicocentral",
    "nznorth": "newzealandnorth", "usgovvirginia": "usgovvirginia", "usgovaz": "usgovarizona", "usgovtx": "usgovtexas",
}  # fmt: skip

#: what is written where a charge has no region
NOWHERE = ("unassigned", "unknown", "n/a", "none", "")
