"""What to do about costs, what it would save, and what it did save: pure functions over tables of costs, prices and utilisation.

    pipeline(recommendations, costs, execute)     every recommendation with what of its saving counts, and what it did save
    idle(...), rightsizing(...), tiering(...)     what costs and is not used, is larger than its use, is stored dearer than it is read

A saving is of a month of 730 hours, in the BillingCurrency of its resource, and never exceeds what the resource costs.
"""

from __future__ import annotations

from finopsnb.analysis.recommendations.realising import realised
from finopsnb.analysis.recommendations.telling import PIPELINE, pipeline

__all__ = ["PIPELINE", "pipeline", "realised"]
