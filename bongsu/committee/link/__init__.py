"""Link: who should supply whom.

Ask :func:`sellers` with a :class:`Need`, :func:`buyers` with an :class:`Offer`.
"""

from bongsu.committee.link.need import Need, Offer, Party, UnknownName, item_of, party_of, years_of
from bongsu.committee.link.rank import buyers, sellers

__all__ = ["Need", "Offer", "Party", "UnknownName", "buyers", "item_of", "party_of", "sellers", "years_of"]
