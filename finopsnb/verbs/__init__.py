"""What a session does, a module for each thing: its methods are thin, and this is what they do.

plugin_types, shapes, runs      running a plugin of each type, what it may return, and the run that is kept of it
readings, querying, outlook     reading what is stored: tables, named questions, forecasts
insights                        what it means for whom
proving, reconciling, invoices  the proof that totals match the bill
converting, allocations         one currency; who pays
budgeting, deciding             what is kept of what people say: budgets, and what becomes of recommendations
syncing                         what goes to other tools, and what comes from them
"""
