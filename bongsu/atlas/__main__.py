"""``python -m bongsu.atlas FOLDER``: check a data pack and print every problem."""

import sys

from bongsu.atlas import Atlas, PackError

if __name__ == "__main__":
    try:
        atlas = Atlas.load(sys.argv[1] if len(sys.argv) > 1 else "data")
    except PackError as error:
        print(error)
        raise SystemExit(2) from None
    for warning in atlas.warnings:
        print("warning:", warning)
    for name, frame in atlas.tables.items():
        print(f"{name:20} {frame.height:6}")
