"""What the tables mean for whom: findings, each with its number, its change, a chart, and a query that finds the number again.

    insights(table, execute, "executive")      # Findings, by currency the one with the most money at stake first

finding      what a finding is, whose it is, and how its number is read off the answer to its query
windows      complete days, and as many complete days before them
asking       statements that people can run
spending, movers, coming     what was spent, what moved and why, what comes next against budgets and forecast
units, commitments, owners   what a unit costs, how commitments are used, whose cost it is
standing                     anomalies, savings and violations that are open, and days that are missing
gathering                    all of them, for a persona

The personas are those of the FinOps Framework: executive and finance ask what it comes to, engineering what its own resources do, product
what a unit costs, the practitioner (finops) what is wasted, whose it is, and whether the figures can be trusted.
"""

from __future__ import annotations

from finopsnb.analysis.insights.finding import COLUMNS, PERSONAS, Finding, as_table
from finopsnb.analysis.insights.gathering import NOTHING, insights
from finopsnb.analysis.insights.windows import Look

__all__ = ["COLUMNS", "NOTHING", "PERSONAS", "Finding", "Look", "as_table", "insights"]
