"""Who is attacked, and whether it is said, denied or quoted: what a list of bad words cannot tell.

Hostile words count only together with their target and their mood: "I hate [people]" is not "I don't hate [people]",
"you can't say [that]" is not that, and naming people is not hostile at all. The words below are what the detector must
know in order to find them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.text.memory import remembered
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.words import Words, stem, words


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in text.split())


PEOPLE = _stems(
    """women woman men man girls girl boys wife wives mother mothers female females gay gays lesbian lesbians homosexual
    homosexuals bisexual bisexuals queer queers trans transgender transsexual muslim muslims islam jew jews jewish christian
    christians catholic catholics hindu hindus buddhist sikh atheist atheists religion black blacks white whites brown asian asians
    african africans arab arabs latino latinos latina hispanic mexican mexicans indian indians chinese japanese korean
    pakistani polish irish italian russian russians ukrainian turkish turks gypsy roma native immigrant immigrants
    migrant migrants refugee refugees foreigner foreigners disabled disability autistic blind deaf elderly old boomers
    republicans republican democrats democrat liberals liberal libs conservatives conservative leftists left right-wing
    voters supporters people folks person persons kids children teenagers youth citizens americans british poor homeless
    minority minorities race community refugees teachers students cops police nurses vegans fans"""
)
PERSONS = _stems(
    "he she him her his they them their theirs himself herself themselves this that these those guy dude lady president politician"
)
YOU = frozenset(["you", "your", "yours", "yourself", "ya", "u", "ur", "yall"])
INSULTS = _stems(
    """idiot idiots moron morons moronic imbecile stupid dumb dumbass dumbo loser losers scum scumbag trash garbage pathetic
    clown clowns pig pigs asshole assholes cunt cunts bastard bastards bitch bitches dick dickhead prick twat wanker jerk retard
    retards retarded freak freaks psycho whore whores slut sluts fool fools coward cowards liar liars degenerate degenerates
    parasite creep creeps crook crooks thug thugs lowlife douche douchebag jackass dipshit dumbfuck fuckwit hypocrite traitor traitors
    pedophile pedophiles pedo pervert perverts ugly fat worthless useless brainless senile demented incompetent dimwit
    halfwit simpleton ignorant ignoramus racist nazi fascist snowflake karen turd shithead motherfucker motherfuckers
    delusional lunatic nutjob corrupt evil vile demon satan braindead airhead airheads hag skank sheep trashy disgrace"""
)
VERMIN = _stems(
    """vermin cockroach cockroaches rat rats insect insects parasites parasite plague disease cancer virus animal animals beast
    beasts savage savages subhuman subhumans monkey monkeys ape apes dog dogs leech leeches filth filthy inferior infestation
    disgusting gross repulsive revolting worthless evil vile abomination primitive barbaric scum garbage trash pest pests
    burden criminals terrorists thieves rapists lazy dirty stink smell mistake monsters monster"""
)
HATRED = _stems(
    "hate hates hated hating despise despises detest detests loathe loathes abhor resent disgust disgusts sickened sicken"
)
VIOLENCE = _stems(
    """kill kills killed killing murder shoot shot hang hanged lynch burn burned beat punch stab strangle gas gassed rape raped
    exterminate exterminated eradicate eradicated eliminate die dies dead execute executed slaughter drown hurt smash
    destroy destroyed behead bomb shooting choke slap bash attack punish"""
)
PROFANE = _stems(
    """fuck fucking fucked fucker fucks fuckin shit shitty bullshit shits damn damned goddamn ass arse hell crap crappy piss pissed
    bloody bollocks wtf stfu gtfo fck fuk fkn effing dammit suck sucks cock balls tits whore dick"""
)
SLURS = _stems("nigger niggers nigga niggas faggot faggots fag fags kike kikes spic spics chink chinks tranny trannies dyke dykes wetback wetbacks paki pakis gook gooks raghead ragheads towelhead coon coons tard libtard libtards shemale cripple cripples retard retards mongoloid")  # fmt: skip
PRAISE = _stems(
    "love loved loving great awesome amazing good best beautiful brilliant perfect fantastic wonderful proud excellent happy funny glad cool nice delicious thanks thank excited favorite adore respect admire"
)
DENIALS = frozenset(
    """not never no nobody none don't doesn't didn't isn't aren't wasn't won't can't cannot wouldn't shouldn't without
    nor neither nothing dont cant isnt arent""".split()  # noqa: SIM905
)
REPORTS = _stems(
    """say says said saying sayings call called calling calls claim claims claiming tell telling told wrote writes wrote quote quoting phrase
    statement statements comment comments slur slurs tweet tweets posted shouted shouting yelled chant insult insults
    insulting stereotype stereotypes think thinks believe believes speech example text"""
)
BLAME = _stems(
    """wrong unacceptable ignorant hateful racist sexist homophobic transphobic bigoted bigot bigotry prejudice offensive harmful hurtful shame
    shameful condemn condemned condemns reject report reported false untrue untruth bullying abuse harassment
    discrimination intolerance inappropriate banned deleted disagree stop racism sexism hate-speech apologize apologise discuss explain explains"""
)
_EXCLUDE = re.compile(
    r"\b(?:go(?:ing)? back (?:to|where)|get (?:the \w+ )?out of|get rid of|wipe\w* (?:them )?(?:out|off)|do(?:es)?n[o']?t (?:belong|deserve)|(?:should|must|ought to|need to) (?:all )?"
    r"(?:not |never )?(?:be (?:\w+ )?(?:allowed|deported|banned|locked|removed|kicked|sterili[sz]ed|put|shot|killed|hanged|exterminated|gassed|wiped|punished|eliminated|executed|segregated)|have (?:any |the |no )?(?:rights?|vote)|die|stay in|rot|burn|suffer)|"
    r"rot in|burn in|drop dead|kill (?:your|my)self|shut (?:the \w+ )?up|(?:piss|f\w*k|bugger) off|screw (?:you|them)|death to|hope (?:you|they|he|she|all)\b.{0,30}\b(?:die|suffer|cancer|rot|dead)|deserves? to|no place (?:in|for)|less than human|not (?:even )?human|waste of (?:space|oxygen|air|skin)|piece of)\b"
)
# Somebody else's words: "he called her ...", "people who say ...", "violence against ...". "I think" is the speaker's own.
_ATTRIBUTED = re.compile(
    r"\b(?<!\bi )(?<!\bi just )(?<!\bi still )(?:say|says|said|saying|call|calls|called|calling|claim|claims|claimed|claiming|wrote|writes|posted|telling|tells|"
    r"insulted|insulting|shouted|yelled|comments? (?:that|about)|post saying|claims? that|attacks? on|violence against|crimes? against|discriminat\w+|hatred (?:of|against)|people who (?:hate|attack|insult))\b"
)
_NOBODY = re.compile(
    r"\b(?:no ?one|nobody|never|should not|shouldn't|must not|cannot|can't|do not|don't|does not|doesn't|stop|nothing)\b(?! (?:wants?|likes?|loves?|cares?|trust|stand|belong|deserve))"
)
_MORE_THAN = re.compile(
    r"\bmore than\b|\bnot (?:a )?(?:bad|racist|homophobic|sexist)\b.*\bbut\b|\b(?:can't|cannot|can not) (?:stand|bear|trust|tolerate)\b"
)
_DISGUST = re.compile(
    r"\b(?:can't|cannot|can not|don't|do not|never) (?:stand|bear|trust|tolerate|want)\b(?! (?:people )?who (?:hate|insult|attack))|\bmakes? me (?:want to |wanna )?(?:sick|vomit|puke|throw up)|\b(?:love|like|want|wish) to (?:see|watch) .{2,40}\b(?:suffer|burn|cry|bleed|die)\b|\b(?:beat|smash|hunt|throw|kick) (?:\w+ ){0,2}(?:up|down|out)\b|\bbelongs? in (?:a |the )?(?:cage|zoo|gutter|prison|kitchen)|\bsend .{2,30} back\b|\bnobody (?:wants|likes|loves|would miss)|\b(?:treat\w*) .{2,30} like (?:animals|dogs|dirt)|\b(?:ruin|destroy|pollut)\w+ (?:this|our|the) (?:country|city|nation|society)"
)
# "Norwegians", "Peruvians": peoples nobody can list.
_NATION = re.compile(r"\b[A-Z][a-z]{2,}(?:ians|eans|ans|ese|ish|is)\b")
_LEGAL = frozenset(("hate", word) for word in ("speech", "crime", "crimes", "group", "groups"))
_QUOTED = re.compile(r"[\"“”‘«]([^\"“”’»]{2,120})[\"“”’»]")
_MASKED = re.compile(
    r"\b(?:f[\W_u]{1,3}c?k|f[*@#]+k\w*|s[h]?[*@#!1]+t\w*|b[*@#!1]+tch\w*|a[*@$#]{2}(?:hole)?|c[*@#]+nt|d[*@#!1]+ck|f\*+|s\*+t)",
    re.IGNORECASE,
)
_LEET_SIGN = re.compile(r"[@$01345](?<=\w.)(?=\w)")
_LISTS = {
    "insult": INSULTS, "vermin": VERMIN, "hatred": HATRED, "violence": VIOLENCE, "profane": PROFANE, "slur": SLURS,
}  # fmt: skip
_LEET = str.maketrans({"@": "a", "$": "s", "0": "o", "1": "i", "3": "e", "4": "a", "5": "s"})
FEATURES = (
    "insult_you", "insult_people", "insult_person", "insult_other", "vermin_people", "hatred_people", "hatred_you", "hatred_other",
    "violence_people", "violence_you", "violence_other", "exclusion", "exclusion_people", "contempt", "contempt_people", "slur", "profane", "profane_you", "profane_praise",
    "masked", "denied", "reported", "blamed", "quoted", "people_only", "praise", "shouting", "exclaiming", "obscene_per_word", "you_present",
)  # fmt: skip


_KINDS: dict[str, frozenset[str]] = {
    item: frozenset(name for name, held in _LISTS.items() if item in held)
    for item in frozenset().union(*_LISTS.values())
}
_MEANS = tuple(FEATURES.index(name) for name in ("people_only", "praise", "you_present"))


@lru_cache(maxsize=512)
def hostility(text: str) -> NDArray[np.float64]:
    """(len(FEATURES),): per feature the strongest sentence, counts squashed into [0, 1)."""
    rows = np.array([_sentence(piece.text) for piece in sentences(text)[:200]])
    if not len(rows):
        return np.zeros(len(FEATURES))
    strongest: NDArray[np.float64] = np.tanh(rows.max(axis=0) / 1.5)
    for place in _MEANS:
        strongest[place] = np.minimum(1.0, rows[:, place]).mean()
    return strongest


@dataclass(slots=True)
class _Scene:
    """A sentence: its words, who occurs in it, and from where on it is not the speaker's own voice (-1: nowhere)."""

    lower: tuple[str, ...]
    stems: tuple[str, ...]
    starts: tuple[int, ...]
    people: bool
    person: bool
    you: bool
    praised: bool
    quoted: tuple[tuple[int, int], ...]
    attributed: int
    nobody: int
    deniable: bool


def _scene(plain: str, low: str) -> _Scene:
    found = words(plain)
    attributed, nobody, more = _ATTRIBUTED.search(low), _NOBODY.search(low), _MORE_THAN.search(low)
    return _Scene(
        found.lower,
        found.stems,
        found.starts,
        people=_names_people(plain, found),
        person=not PERSONS.isdisjoint(found.stems) or any(plain[start].isupper() for start in found.starts[1:]),
        you=not YOU.isdisjoint(found.lower),
        praised=not PRAISE.isdisjoint(found.stems),
        quoted=tuple(match.span(1) for match in _QUOTED.finditer(plain)),
        attributed=attributed.start() if attributed else -1,
        nobody=nobody.start() if nobody and not more else -1,
        deniable=more is None,
    )


def _names_people(plain: str, found: Words) -> bool:
    return not PEOPLE.isdisjoint(found.stems) or _NATION.search(plain) is not None


@remembered(short=1024, long=16)
def _sentence(text: str) -> list[float]:
    plain = _LEET_SIGN.sub(lambda match: match.group().translate(_LEET), text)
    low, found = plain.lower(), words(plain)
    counts = dict.fromkeys(FEATURES, 0.0)
    hostile = 0
    # Most sentences hold nothing hostile: then nobody need ask whose words they are.
    if not _KINDS.keys().isdisjoint(found.stems) or _EXCLUDE.search(low) or _DISGUST.search(low):
        scene = _scene(plain, low)
        hostile = _hostile_words(scene, counts) + _hostile_phrases(scene, low, counts)
        others = counts["quoted"] + counts["reported"] + counts["denied"]
        told = not REPORTS.isdisjoint(found.stems) and not BLAME.isdisjoint(found.stems)
        counts["blamed"] = float(told and hostile + others > 0)
    counts["masked"] += len(_MASKED.findall(text))
    counts["people_only"] = float(not hostile and _names_people(plain, found))
    counts["praise"] = float(sum([item in PRAISE for item in found.stems]))
    counts["you_present"] = float(not YOU.isdisjoint(found.lower))
    letters = list(filter(str.isalpha, text))
    counts["shouting"] = 2 * sum(map(str.isupper, letters)) / len(letters) if len(letters) > 12 else 0.0
    counts["exclaiming"] = min(3, text.count("!")) / 2
    counts["obscene_per_word"] = 6 * hostile / (len(found) + 4)
    return list(counts.values())


def _hostile_words(scene: _Scene, counts: dict[str, float]) -> int:
    """Count each hostile word by its target, or by the mood that takes it out of the speaker's mouth."""
    hostile = 0
    for index, item in enumerate(scene.stems):
        kinds = _KINDS.get(item)
        # "Hate speech" and "hate crime" are what the law calls them.
        if not kinds or scene.lower[index : index + 2] in _LEGAL:
            continue
        place = scene.starts[index]
        denied = 0 <= scene.nobody < place and "but" not in scene.lower[:index]
        denied = denied or (scene.deniable and any(word in DENIALS for word in scene.lower[max(0, index - 3) : index]))
        if any(start <= place < end for start, end in scene.quoted):
            counts["quoted"] += 1
        elif 0 <= scene.attributed < place and "slur" not in kinds:
            counts["reported"] += 1
        elif denied and "profane" not in kinds and "slur" not in kinds:
            counts["denied"] += 1
        else:
            hostile += 1
            _count(counts, kinds, scene.people, scene.person, scene.you, scene.praised)
    return hostile


def _hostile_phrases(scene: _Scene, low: str, counts: dict[str, float]) -> int:
    quiet = [*scene.quoted, *([(scene.attributed, len(low))] if scene.attributed >= 0 else [])]

    def own(pattern: re.Pattern[str]) -> int:
        return sum(not any(a <= match.start() < b for a, b in quiet) for match in pattern.finditer(low))

    exclusions, contempt = own(_EXCLUDE), own(_DISGUST)
    counts["contempt"] += contempt
    counts["contempt_people"] += contempt if scene.people or scene.person else 0
    counts["exclusion"] += exclusions
    counts["exclusion_people"] += exclusions if scene.people or scene.you else 0
    return exclusions + contempt


def _count(
    counts: dict[str, float], kinds: frozenset[str], people: bool, person: bool, you: bool, praised: bool
) -> None:
    if "slur" in kinds:
        counts["slur"] += 1
    if "insult" in kinds:
        counts[
            "insult_you" if you else "insult_people" if people else "insult_person" if person else "insult_other"
        ] += 1
    if "vermin" in kinds and people:
        counts["vermin_people"] += 1
    if "hatred" in kinds:
        counts["hatred_people" if people else "hatred_you" if you else "hatred_other"] += 1
    if "violence" in kinds:
        counts["violence_people" if people else "violence_you" if you or person else "violence_other"] += 1
    if "profane" in kinds:
        counts["profane_praise" if praised else "profane_you" if you else "profane"] += 1
