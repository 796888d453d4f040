"""Is every instruction of the prompt followed?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="instruction_following",
    aliases=("InstructionFollowing", "PromptAlignment", "instruction_adherence"),
    summary="Whether the answer does all that its instructions ask: form, limits, contents.",
    question="Does the output follow every instruction of the input?",
    rules=(
        "List the instructions: format, length, language, tone, what must and what must not be there.",
        "Check each by itself; one that cannot be checked from the texts is left out.",
        "Of instructions that contradict one another the later one counts.",
        "Quote the words that break an instruction.",
    ),
    grades=(
        Grade("followed", 1.0, "all of them"),
        Grade("mostly_followed", 0.6, "a minor one is not"),
        Grade("not_followed", 0.0, "an important one, or several, are not"),
    ),
    needs=("input", "output"),
    threshold=0.8,
    mark="instruction",
    blind="Whether the facts are right.",
)
