"""The command line. Rooms are imported when a command needs them, so that help comes at once."""

from bongsu.cli.app import main

__all__ = ["main"]
