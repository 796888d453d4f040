"""What attacks on a model are made of: orders against its orders, false authority, hidden text, ways out for data."""

import math
import re
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.text.memory import remembered

MOST_CHARACTERS = 20_000
_ORDERS = r"(?:instructions?|prompts?|rules?|guidelines?|directions?|directives?|commands?|context|training|restrictions?|polic(?:y|ies)|constraints?|programming|protocols?|safeguards?|limitations?|orders?|messages?|conversation|filters?|guardrails?|protections?|told|said|asked)"
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|initial|original|existing|past|former|all|any|your|the|these|those|system|safety|developer|default|everything)"
_HIDDEN = r"(?:system|initial|hidden|original|secret|internal|developer|underlying|base|pre-?prompt|confidential|full|exact|first|core|custom|your(?: own)?)"
# Name: pattern over lower-case text with look-alike characters undone.
PATTERNS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "override": rf"\b(?:ignor\w*|disregard\w*|forget|forgetting|bypass\w*|overrid\w*|overwrite|skip|drop|neglect|discard|cancel|erase|set aside|do not follow|don't follow|stop following|pay no attention to|abandon|suspend|void|nullify|supersede\w*|replac\w+)\b[^.?!\n]{{0,40}}\b{_EARLIER}\b[^.?!\n]{{0,30}}\b{_ORDERS}\b",
        "override_foreign": r"\b(?:ignor(?:e[zr]?|iere?n?|a|ar|are)|oublie[zr]?|vergiss|vergessen sie|vergeet|negeer|olvida|olvide|esquece|dimentica|missachte)\b.{0,50}\b(?:instruc\w+|anweisung\w*|instrucciones|consignes|instruç\w+|istruzioni|instructies|befehle|regeln|reglas|règles)\b|忽略.{0,12}(?:指令|指示|提示)|無視|игнориру\w+.{0,40}инструкц",
        "reveal": rf"\b(?:reveal|show|print|output|repeat|display|tell|leak|expose|dump|give|share|disclose|provide|list|recite|write|copy|return|echo|quote|summari[sz]e|describe|what(?:'s| is| are| were)|translate|encode|spell)\b[^.?!\n]{{0,40}}\b{_HIDDEN}\b[^.?!\n]{{0,20}}\b(?:prompts?|instructions?|messages?|rules|guidelines|config\w*|directives?|policies|parameters|constraints)\b",
        "repeat_above": r"\b(?:repeat|print|output|copy|translate|spell ?check|say|recite|return|summari[sz]e)\b[^.?!\n]{0,40}\b(?:above|before this|preceding text|everything (?:above|before|prior)|words above|text above|from the beginning|first (?:\d+ |few )?(?:words|sentences|lines))\b|starting with [\"'“]?you are",
        "persona": r"\b(?:you are (?:now|no longer|going to (?:be|act|pretend)|a (?:different|new|free))|you're now|from now on,? (?:you|i want|act|respond)|act(?:ing)? (?:as|like) (?:an? |if |the )|pretend (?:to be|you|that you)|role-?play|impersonate|simulate (?:a|an|being)|imagine (?:you|that you) (?:are|were|have)|assume the (?:role|persona|identity)|take on the (?:role|persona)|switch to|enter(?:ing)? \w* ?mode|new (?:persona|identity|role)|speak as|respond as|become)\b",
        "named": r"\b(?:dan\b(?! (?:brown|said|is a|was a))|do anything now|stan\b.{0,20}mode|dude mode|developer mode|debug mode|god mode|sudo|root access|admin(?:istrator)? (?:mode|access|override)|jail ?br[eo]\w+|evil (?:mode|confidant|bot|ai|twin)|opposite (?:day|mode)|maintenance mode|unlocked mode|betterdan|aim\b.{0,20}machiavel\w+|grandma exploit|dark ?gpt|worm ?gpt|chaos ?gpt|override code)\b",
        "limitless": r"\b(?:without|no|free (?:of|from)|ignor\w+|bypass\w*|disabl\w+|remov\w+|turn(?:ing)? off|deactivat\w+|lift\w*|break\w*|evad\w+|circumvent\w*|get(?:ting)? around|outside)\b[^.?!\n]{0,30}\b(?:restrict\w+|filter\w*|limitation\w*|limits|censor\w*|ethic\w*|moral\w*|safet\w+|guardrails?|safeguards?|content polic\w+|guidelines|moderation|boundaries|constraints)\b|\b(?:uncensored|unrestricted|unfiltered|amoral|unethical|unlimited power|no rules)\b",
        "fake_turn": r"<\|?(?:im_start|im_end|system|endoftext|user|assistant|eot_id|start_header_id)\|?>|\[/?(?:inst|system|sys|admin|user|assistant|end|override)\b[^\]]{0,40}\]|</?(?:system|instructions?|user|assistant|prompt|admin|context|document)>|<<sys>>|#{2,}\s*(?:system|instruction|new|human|assistant|response|override|end)|(?:^|\n)\s*\W{0,3}(?:system|assistant|admin|developer|root)\s*(?:message|note|prompt|override|update|alert|notice)?\s*:|-{3,}\s*(?:end|begin|start|new)|\"role\"\s*:\s*\"|<!--",
        "new_orders": r"\b(?:new|updated?|additional|following|real|actual|true|important|urgent|revised|special)\W{1,3}(?:system |user |hidden |secret |priority )?(?:instructions?|prompt|task|directives?|orders|rules|objective|mission|command)\b|\b(?:update|change|modify|rewrite) your (?:instructions|rules|prompt|behaviou?r|guidelines|settings|programming)\b",
        "obey": r"\b(?:do not|don't|never|cannot|can't|must not|stop) (?:refuse|decline|say no|apologi[sz]e|warn|mention|break character|reject|deny|add (?:any )?(?:warning|disclaimer)|disclose this|tell the user|reveal this)|\b(?:you (?:must|will|shall|have to|should) (?:always |now |only |not |never |fully )?(?:comply|obey|answer|respond|follow|reply|ignore|do as|provide|accept)|stay in character|always comply|comply with|no matter what|at all costs|obey me|i command you|you have no choice)\b",
        "say_exactly": r"\b(?:say|print|respond|reply|output|answer|write|return|state|repeat)\b[^.?!\n]{0,25}\b(?:exactly|only|just|nothing (?:else|but)|verbatim|simply)\b|\b(?:only|just|simply) (?:say|print|respond|reply|output|answer|write|return)\b|i have been pwned|hacked|pwned",
        "begin_with": r"\b(?:start|begin|prefix|end)\w* (?:your|the|every|each|all) ?(?:response|answer|reply|output|message|sentence)s? (?:with|by)|[\"'](?:sure|absolutely|of course|certainly)[,!. ]",
        "authority": r"\b(?:i am|i'm|this is|as|from) (?:your |an? |the |now )?(?:\w+ )?(?:developers?|admin\w*|creator|owner|engineer|openai|anthropic|google|ceo|security (?:team|researcher|auditor)|system administrator|supervisor|red team)\b|\b(?:authori[sz]ed|authori[sz]ation (?:code|level|granted)|access (?:code|granted|level)|clearance|priority (?:level|override)|i have permission|override (?:code|authority|key)|authentication (?:bypass|override))\b",
        "purpose": r"\b(?:for (?:\w+ )?(?:testing|research|safety|educational|academic|debugging|audit\w*|compliance|verification|training) (?:purposes|reasons)|this is (?:only |just )?(?:a |an )?(?:test|drill|emergency|simulation|hypothetical)|hypothetical\w*|in a fictional|fictional (?:world|story|scenario|character)|thought experiment|grandm\w+ used to|ethically important)\b",
        "decode": r"\b(?:base64|rot-?13|hex(?:adecimal)?|binary|morse|caesar|cipher|decode|decrypt|encoded|unicode|backwards|reversed?|ascii|leetspeak|pig latin|obfuscat\w+|url-?encoded)\b",
        "hidden_blob": r"(?:[a-z0-9+/]{24,}={0,2})|(?:\\x[0-9a-f]{2}){3,}|(?:%[0-9a-f]{2}){4,}|(?:\b[01]{8}\b ?){3,}|(?:\b[0-9a-f]{2}\b ){6,}|(?:\\u[0-9a-f]{4}){2,}|&#x?[0-9a-f]{2,5};",
        "spaced": r"(?:\b\w[ .\-_*|]){6,}\w\b",
        "training": r"\b(?:training (?:data|set|corpus|examples?)|fine-?tun\w+ (?:data|on)|memori[sz]ed|verbatim|(?:other|previous|another) (?:users?|customers?|conversations?|sessions?|clients?)(?:'s?)?|knowledge cutoff|model (?:weights|architecture|version|parameters)|what model|which (?:model|llm)|repeat\b.{0,30}\b(?:forever|indefinitely|times))\b",
        "secrets": r"\b(?:api[ _-]?keys?|passwords?|credentials?|secret (?:key|code|word|token)|access tokens?|private keys?|credit card (?:numbers?|details|info)|ssn|social security numbers?|database (?:schema|contents|dump)|env(?:ironment)? variables?|connection strings?)\b",
        "send_out": r"\b(?:send|post|forward|upload|exfiltrat\w+|transmit|e-?mail|submit|leak)\b[^.?!\n]{0,60}(?:https?://|\bto (?:\S+@\S+|this (?:address|url|server|endpoint)|my server|the following)|webhook)|!\[[^\]]*\]\(https?://[^)]*[?=]",
        "code": r"\b(?:os\.system|subprocess|eval\(|exec\(|__import__|rm -rf|drop table|union select|or 1=1|/etc/passwd|curl |wget |powershell|document\.cookie|process\.env)|<script|\{\{.{0,60}\}\}|\$\{.{0,60}\}|'; ?--",
        "to_model": r"\b(?:ai|a\.i\.|assistant|language model|chat ?bot|chat ?gpt|gpt-?\d?|llm|claude|gemini|bard|llama|the model|bot)\b",
        "memory": r"\b(?:remember (?:that|this|:)|from this (?:point|moment)|for the rest of (?:this|our)|going forward|in (?:all )?(?:future|subsequent) (?:responses|messages|turns)|henceforth|we (?:already )?(?:agreed|established|discussed)|as you (?:said|agreed|mentioned)|earlier you|last time you|in our (?:last|previous) (?:conversation|session))\b",
        "harm": r"\b(?:bombs?|explosives?|weapons?|malware|ransomware|virus(?:es)?|phishing|hack(?:ing)? into|steal|meth\w*|drugs?|poison|kill|murder|counterfeit|launder\w*|napalm|keylogger|illegal\w*|bypass security)\b",
        "confirm": r"\b(?:confirm|acknowledge|understood|if you understand|do you understand|say (?:ok|yes)|ready\?)\b",
        "urgent": r"\b(?:urgent\w*|immediately|important!|attention|critical|emergency|asap|right now|warning:)",
        "to_reader": r"\b(?:when (?:you|the (?:ai|assistant|model)) (?:read|process|summari[sz]e)\w*|note to (?:the )?(?:ai|assistant|model|llm)|if you are an? (?:ai|llm|language)|dear (?:ai|assistant)|the user (?:wants|has asked|asked|requested|would like))\b",
    }.items()
}  # fmt: skip
SHAPES = (
    "lookalike",
    "invisible",
    "mixed_script",
    "letters_digits",
    "odd_marks",
    "shouting",
    "length",
    "gibberish",
    "question",
    "families",
)
FEATURES = (*PATTERNS, *SHAPES)
_LOOKALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеорсухіѕјԁԛɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧοα", "ABESIJKMHOPCTXYaeopcyxisjdqgABEZHIKMNOPTYXoa"
)
_LEET = str.maketrans("013457@$", "oieastas")
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f\u00ad]")
_LEET_WORD = re.compile(r"\b(?=\w*[a-z])(?=\w*[013457@$])[a-z013457@$]{4,}(?<!\d\d)\b")
_LEET_SIGN = re.compile("[013457@$]")
_ODD = re.compile(r"[^\w\s.,!?'\"\-:;()]|_")
_WORD, _PLAIN_WORD = re.compile(r"[^\W\d_]{2,}"), re.compile(r"[a-z]{4,}")
_BLOB_SIGN, _LONG_RUN = re.compile(r"[\\%&]|[01]{8}"), re.compile(r"[a-z0-9+/]{24}")
_PAIRS = re.compile(r"[0-9a-f]{2} [0-9a-f]{2} [0-9a-f]{2} ")
_CONSONANTS = re.compile(r"[^aeiouy]{5,}")
_VOWELS = re.compile(r"[aeiouyäöüáéíóú]")


def plain(text: str) -> str:
    """Lower-case text with invisible characters removed, look-alikes and digits-for-letters undone."""
    text = text[:MOST_CHARACTERS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_LOOKALIKE)
    text = text.lower()
    return _LEET_WORD.sub(lambda match: match.group().translate(_LEET), text) if _LEET_SIGN.search(text) else text


def found_patterns(text: str) -> dict[str, tuple[int, int]]:
    """Which patterns occur in an already plain text, and where the first of each is."""
    blob = _may_hold_blob(text)
    return {
        name: match.span()
        for name, pattern in PATTERNS.items()
        if (blob or name != "hidden_blob") and (match := pattern.search(text))
    }


def _may_hold_blob(text: str) -> bool:
    # What `hidden_blob` cannot do without: alone it takes longer than all other patterns of a short text.
    return _BLOB_SIGN.search(text) is not None or _LONG_RUN.search(text) is not None or _PAIRS.search(text) is not None


@remembered(short=1024, long=16)
def found_in(text: str) -> dict[str, tuple[int, int]]:
    """`found_patterns` of a text as it was written. Not to be changed."""
    return found_patterns(plain(text))


@remembered(short=1024, long=16)
def attack_features(text: str) -> NDArray[np.float64]:
    """(len(FEATURES),): 1 per pattern that occurs, then measures of how the text is written, within [0, 1]."""
    found = found_in(text)
    shapes = _shapes(text[:MOST_CHARACTERS], len(found.keys() - {"to_model", "harm", "confirm", "urgent", "purpose"}))
    return np.array([float(name in found) for name in PATTERNS] + shapes)


def _shapes(text: str, families: int) -> list[float]:
    length, low = max(1, len(text)), text.lower()
    mixed = _mixed_words(text)
    is_plain = text.isascii()
    # Outside ASCII there are capitals that are no letters.
    letters = sum(map(str.isalpha, text)) if is_plain else 0
    capitals = sum(map(str.isupper, text if is_plain else filter(str.isalpha, text)))
    letters = letters or sum(map(str.isalpha, text))
    looks = text.translate(_LOOKALIKE) if mixed else text
    return [
        min(1.0, len(looks) and sum(a != b for a, b in zip(text, looks, strict=True)) / 10) if mixed else 0.0,
        0.0 if is_plain else min(1.0, len(_INVISIBLE.findall(text)) / 3),
        min(1.0, mixed / 3),
        min(1.0, len(_LEET_WORD.findall(low)) / 4) if _LEET_SIGN.search(low) else 0.0,
        min(1.0, 8 * len(_ODD.findall(text)) / length),
        capitals / letters if letters > 10 else 0.0,
        min(1.0, math.log1p(length) / 8),
        min(1.0, sum(map(_is_gibberish, _PLAIN_WORD.findall(low))) / 4),
        float(text.rstrip().endswith("?")),
        min(1.0, families / 4),
    ]


def _mixed_words(text: str) -> int:
    """Words with letters of the Latin script and of another."""
    if max(text, default="") < "\u0250":
        return 0
    return sum(min(word) < "\u0250" <= max(word) for word in _WORD.findall(text))


@lru_cache(maxsize=10_000)
def _is_gibberish(word: str) -> bool:
    return not _VOWELS.search(word) or _CONSONANTS.search(word) is not None
