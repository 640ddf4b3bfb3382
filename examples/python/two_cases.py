"""Two cases side by side: what the limits on where to buy cost the whole chain.

Run it from the project's folder:  python examples/python/two_cases.py
"""

import bongsu


def main(data: str = "data", cases: tuple[str, ...] = ("reference", "open-sourcing")) -> None:
    """Print the present cost of each case."""
    atlas = bongsu.Atlas.load(data)
    atlas = atlas.as_of(atlas.known)
    for case in cases:
        plan = bongsu.Plan.of(bongsu.Chain.of(atlas, case).network)
        print(f"{case}: {plan.status}, US${plan.objective / 1e9:.1f} billion")


if __name__ == "__main__":
    main()
