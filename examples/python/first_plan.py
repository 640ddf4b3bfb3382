"""A first plan in Python: the facts of a date, the chain of a case, its plan, and the reasons for a figure.

Run it from the project's folder:  python examples/python/first_plan.py
"""

import bongsu

YEAR = 2030


def main(data: str = "data", case: str = "reference") -> float:
    """Plan the case, print who makes the cells of North America, and return the share of the Canada-Korea chain."""
    atlas = bongsu.Atlas.load(data)
    atlas = atlas.as_of(atlas.known)  # or .as_of("2026-06-30"): only what was known by that day
    print(
        f"Facts as known on {atlas.known}: {atlas['facilities'].height} facilities, {atlas['sources'].height} sources"
    )

    chain = bongsu.Chain.of(atlas, case)  # bongsu.Choices(face_value=True) takes announcements as made
    plants, lanes = chain.network["plants"].height, chain.network["lanes"].height
    print(f"Network of the case {case!r}: {plants} plants and steps, {lanes} lanes")

    plan = bongsu.Plan.of(chain.network)
    print(f"Plan: {plan.status}, present cost US${plan.objective / 1e9:,.0f} billion of {chain.case['money_year']}")
    built = plan.table("build")  # a polars frame: option, period, value, reduced_cost
    print(f"New capacity at {built['option'].n_unique()} sites and steps")

    why = bongsu.Why(chain, plan)
    share = why.figure(f"share:{YEAR}")
    print(f"{share.label['en']}: {share.value:.1%}")
    for part in share.children:
        print(f"  {part.label['en']}: {part.value:,.1f} {part.unit}")
    print(f"Weakest trust among the facts below it: {share.weakest}")
    return share.value


if __name__ == "__main__":
    main()
