"""A case folder that cannot be planned, and what clashes in it.

Run it from the project's folder:  python examples/python/no_plan.py
"""

import bongsu

plan = bongsu.Plan.of(bongsu.Network.read("examples/cases/no-plan"))
print(f"{plan.status}; {plan.servable_share:.0%} of the hard demand can be served at once")
for clash in plan.conflict:
    print(f"- {clash.words}")
