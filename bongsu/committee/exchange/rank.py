"""Ranking partners by stated criteria, and how stable the ranking is when the weights move.

Each criterion is scored 0 to 1; the score of a partner is the weighted sum. What is unknown is no zero: its criterion is the
whole range that is possible, the score is a range, and the ranking takes its middle. Stability is that of SMAA-2: weights are drawn
evenly from all that add to one, unknown scores evenly from their range, and the shares of draws in which a partner comes first, and
the ranks that it takes in nine draws of ten, are shown.

R. Lahdelma and P. Salminen (2001), SMAA-2: stochastic multicriteria acceptability analysis for group decision making, Operations
Research 49(3), 444-454.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.committee.exchange.register import Capability, Evidence, Need, Register

CRITERIA = ("topic", "readiness", "evidence", "country")
#: Weights of the ranking that is shown first: a planning choice, which :func:`stability` moves over all others.
WEIGHTS: Mapping[str, float] = {"topic": 0.4, "readiness": 0.25, "evidence": 0.2, "country": 0.15}
#: How well a capability in one topic serves a need in another: of a part of it, of a whole that holds it, of a sister.
PART, WHOLE, SISTER = 0.9, 0.6, 0.3
#: From here on a capability covers a need.
COVERS = 0.85
_TRUST = {"stated": 1.0, "derived": 0.8, "assumed": 0.4}
_GRADE = {"primary": 1.0, "press": 0.9, "secondary": 0.8, "weak": 0.5, None: 0.5}
_HOLDING = {"typed": 1.0, "majority": 1.0, "unknown": 0.75, "part": 0.5}
_LEVELS = 9
#: The two countries of the committee.
PAIR = ("CA", "KR")
Range = tuple[float, float]


@dataclass(frozen=True)
class Partner:
    """An organisation as a partner for a need.

    Attributes:
        capability: what it brings, the best of its capabilities for the need.
        criteria: score of each criterion, 0 to 1, low and high; equal where it is known.
        low, high: range of the weighted score.
    """

    capability: Capability
    criteria: Mapping[str, Range]
    low: float
    high: float

    @property
    def score(self) -> float:
        """Middle of the range, by which partners are ranked."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Stability:
    """What becomes of a rank when weights and unknowns move: share of draws in first place, and ranks in nine draws of ten."""

    first: float
    best: int
    worst: int


def fit(register: Register, need: Need, topic: str) -> float:
    """How well a topic serves a need: the fit of the need's own topics times their nearness."""
    return max((share * nearness(register, wanted, topic) for wanted, share in need.topics.items()), default=0.0)


def nearness(register: Register, wanted: str, topic: str) -> float:
    """1 for the same topic; less for a part, the whole, or a sister under the same whole; 0 for others."""
    if topic == wanted:
        return 1.0
    if (topic, wanted) in register.depth:
        return PART
    if (wanted, topic) in register.depth:
        return WHOLE
    above = register.topics[topic].broader
    return SISTER if above is not None and above == register.topics[wanted].broader else 0.0


def strength(evidence: Evidence) -> float:
    """Trust in the statement, times the grade of its source, times what the owner holds of the plant; 0 to 1."""
    return _TRUST[evidence.confidence] * _GRADE[evidence.grade] * _HOLDING[evidence.holding]


def complement(country: str, of: str | None) -> Range:
    """1 for the other side of the pair Canada-Korea, a half for the same side, 0 for others.

    Where the asker's country is not given, each side may be either.
    """
    if country not in PAIR:
        return (0.0, 0.0)
    if of not in PAIR:
        return (0.5, 1.0)
    return (0.5, 0.5) if country == of else (1.0, 1.0)


def partner(register: Register, need: Need, capability: Capability, weights: Mapping[str, float]) -> Partner:
    """The scores of one capability for a need."""
    level = capability.readiness
    topic, evidence = fit(register, need, capability.topic), max(strength(one) for one in capability.evidence)
    criteria: dict[str, Range] = {
        "topic": (topic, topic),
        "readiness": (1 / _LEVELS, 1.0) if level is None else (level / _LEVELS, level / _LEVELS),
        "evidence": (evidence, evidence),
        "country": complement(register.organisations[capability.organisation].country, need.country),
    }
    low, high = (sum(weights[name] * criteria[name][end] for name in CRITERIA) for end in (0, 1))
    return Partner(capability, criteria, low, high)


def meets(need: Need, level: int | None) -> bool | None:
    """Whether a level is as high as is asked for; None where it is unknown."""
    return True if need.readiness is None else None if level is None else level >= need.readiness


def ranked(register: Register, need: Need, weights: Mapping[str, float] = WEIGHTS) -> list[Partner]:
    """Partners for a need, best first; each organisation once, and never the one whose need it is.

    A level that is known to be below what is asked for keeps an organisation out.

    Raises:
        ValueError: the weights are not those of the criteria, or negative, or all nothing.
    """
    shares = _shares(weights)
    best: dict[str, Partner] = {}
    for one in register.capabilities:
        if one.organisation == need.organisation or fit(register, need, one.topic) <= 0:
            continue
        if meets(need, one.readiness) is False:
            continue
        found = partner(register, need, one, shares)
        held = best.get(one.organisation)
        if held is None or (found.score, found.high) > (held.score, held.high):
            best[one.organisation] = found
    return sorted(best.values(), key=lambda one: (-one.score, -one.low, one.capability.organisation))


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    if set(weights) != set(CRITERIA) or min(weights.values()) < 0 or not sum(weights.values()) > 0:
        raise ValueError(f"give a weight of zero or more to each of {', '.join(CRITERIA)}, and more than zero to one")
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def stability(partners: Sequence[Partner], draws: int = 2000, seed: int = 0) -> list[Stability]:
    """Stability of the rank of each partner, in the order given.

    Ties share the better rank; a tie for the first place is shared among those that tie.
    """
    if not partners:
        return []
    rng = np.random.default_rng(seed)
    bounds = np.array([[one.criteria[name] for name in CRITERIA] for one in partners])
    first, ranks = np.zeros(len(partners)), np.empty((draws, len(partners)), dtype=np.int64)
    for draw in range(draws):
        weights = rng.dirichlet(np.ones(len(CRITERIA)))
        scores = _scores(bounds, weights, rng)
        ranks[draw] = 1 + (scores[None, :] > scores[:, None] + 1e-12).sum(axis=1)
        leaders = ranks[draw] == 1
        first += leaders / leaders.sum()
    low, high = np.quantile(ranks, [0.05, 0.95], axis=0, method="nearest")
    return [Stability(float(first[i] / draws), int(low[i]), int(high[i])) for i in range(len(partners))]


def _scores(
    bounds: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    drawn = bounds[..., 0] + (bounds[..., 1] - bounds[..., 0]) * rng.random(bounds.shape[:2])
    return np.asarray(drawn @ weights, dtype=np.float64)
