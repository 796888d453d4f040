"""Words that turn a meaning round: negations and opposites."""

from functools import cache

NEGATIONS = frozenset(
    """no not never none nobody nothing neither nor nowhere without cannot fail fails failed hardly barely""".split()  # noqa: SIM905
)
_PAIRS = """accept/reject accept/refuse accepted/rejected accepted/refused add/remove after/before agree/disagree
allow/forbid allowed/forbidden allowed/prohibited always/never alive/dead ancient/modern asleep/awake attack/defend
arrive/depart ascend/descend arrived/departed approve/reject approved/rejected begin/end begins/ends began/ended
best/worst better/worse big/small bought/sold buy/sell broad/narrow cause/prevent causes/prevents cheap/expensive
closed/open close/open cold/hot confirm/deny confirmed/denied convicted/acquitted create/destroy created/destroyed
decrease/increase decreased/increased decreases/increases decreasing/increasing defeat/victory deny/admit denied/admitted
difficult/easy dry/wet early/late enable/disable enabled/disabled enter/leave exclude/include excluded/included
excludes/includes export/import fail/succeed failed/succeeded fall/rise fell/rose falling/rising false/true fast/slow
female/male few/many first/last full/empty gain/lose gained/lost guilty/innocent happy/sad hard/soft heavy/light
high/low higher/lower highest/lowest hire/fire husband/wife illegal/legal import/export inside/outside join/leave
large/small larger/smaller largest/smallest least/most legal/illegal less/more long/short longer/shorter lose/win
lost/won loss/profit major/minor majority/minority maximum/minimum mother/father near/far negative/positive new/old
north/south northern/southern east/west eastern/western optional/required mandatory/optional pass/fail passed/failed
public/private push/pull raise/lower raised/lowered safe/dangerous safe/unsafe same/different son/daughter start/stop
started/stopped strong/weak support/oppose supported/opposed top/bottom upper/lower up/down victory/defeat
wide/narrow win/lose won/lost winner/loser young/old younger/older enemy/ally permanent/temporary simple/complex
increase/drop rose/dropped growth/decline grew/declined grew/shrank above/below over/under possible/impossible
known/unknown able/unable likely/unlikely available/unavailable valid/invalid complete/incomplete direct/indirect"""


@cache
def _table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _PAIRS.split():
        one, other = pair.split("/")
        table.setdefault(one, set()).add(other)
        table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in table.items()}


def opposite_of(word: str) -> frozenset[str]:
    """Lower-case opposites of a lower-case word; empty when none are known."""
    return _table().get(word, frozenset())
