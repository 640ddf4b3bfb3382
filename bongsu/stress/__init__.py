"""What may go wrong, and what the record says of it: promises kept and broken, disruptions, concentration of supply."""

from bongsu.stress.concentration import Concentration, of_plan, of_trade
from bongsu.stress.ledger import Account, Promise, accounts, accounts_of, read_states
from bongsu.stress.scores import Score, held_out, over_time

__all__ = [
    "Account",
    "Concentration",
    "Promise",
    "Score",
    "accounts",
    "accounts_of",
    "held_out",
    "of_plan",
    "of_trade",
    "over_time",
    "read_states",
]
