"""What did each model and tenant cost this week? `python examples/costs.py` beside a running server."""

import nervure

with nervure.Client() as client:
    for row in client.query("cost.sum", by=["model", "tenant"], from_="-7d", limit=20):
        cost = "no price known" if row["value"] is None else f"${row['value']:.4f}"
        print(f"{row.get('model') or '(none)':35} {row.get('tenant') or '(none)':20} {cost:>15}")
