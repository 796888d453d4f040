"""Answers of protocols whose success says nothing and whose errors are a JSON object with words."""

from collections.abc import Callable

import orjson

from nervure.decode.wire import Outcome


def words(member: str = "error", success: bytes = b"") -> Callable[[Outcome, str], bytes]:
    """The `answer` of a wire. member: where the words of an error stand. success: the body of a success."""

    def answer(outcome: Outcome, content_type: str) -> bytes:
        if outcome.is_success and not outcome.rejected:
            return success
        return orjson.dumps({member: outcome.message, "status": outcome.status})

    return answer
