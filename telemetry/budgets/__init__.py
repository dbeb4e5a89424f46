"""Performance budgets: one file from which the verdicts, the rules, the dashboards and the test gate come."""
