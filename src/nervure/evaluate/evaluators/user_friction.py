"""Does the user of a conversation struggle?"""

import re
from collections.abc import Mapping
from typing import Any

from rapidfuzz import fuzz

from nervure.evaluate.evaluator import Evaluator, Example, Result, nothing

_COMPLAINT = re.compile(
    r"\b(?:that(?:'s| is)(?: still)? (?:not|wrong)|not what i|you (?:don't|do not|didn't|did not) (?:understand|listen|answer|read|get)|wrong (?:answer|again)|still (?:not|doesn't|wrong|waiting)"
    r"|i (?:already|just) (?:said|told|asked|explained)|as i said|useless|not helpful|unhelpful|doesn't (?:work|help)|does not (?:work|help)|try again|again!|frustrat\w+|ridiculous|speak to (?:a|an) (?:human|agent|person|manager)|(?:real|human) (?:agent|person|being)|never ?mind|forget it|give up|wtf|terrible|waste of time|come on)\b",
    re.IGNORECASE,
)


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 - the share of the user's turns that complain, say the same again, or shout."""
    turns = [message.content for message in example.messages or () if message.role in ("user", "human")]
    if not turns:
        return nothing("the conversation holds no message of a user")
    rough, reasons = 0, []
    for place, turn in enumerate(turns):
        complaint = _COMPLAINT.search(turn.replace("’", "'"))
        again = any(
            len(turn) > 15 and fuzz.token_sort_ratio(turn.lower(), other.lower()) > 85 for other in turns[:place]
        )
        letters = [character for character in turn if character.isalpha()]
        shouts = len(letters) > 12 and sum(map(str.isupper, letters)) > 0.7 * len(letters)
        if complaint or again or shouts:
            rough += 1
            reasons.append(complaint.group() if complaint else "said again" if again else "shouting")
    score = 1 - rough / len(turns)
    told = f"{rough} of {len(turns)} of the user's messages show friction" + (
        f": {', '.join(reasons[:5])}" if reasons else ""
    )
    return Result(score, "friction" if score < settings["threshold"] else "smooth", told)


EVALUATOR = Evaluator(
    name="user_friction",
    summary="Does the user complain, repeat or shout?",
    aliases=("UserFriction", "frustration", "user_frustration", "ConversationalFriction"),
    needs=("messages",),
    run=run,
    level="session",
    group="agent",
    detects="friction",
    blind="Users who leave without a word; languages other than English.",
    threshold=0.8,
    threshold_why="One rough message in five.",
)
