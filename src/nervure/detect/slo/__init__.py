"""Service level objectives, error budgets and cost budgets."""
