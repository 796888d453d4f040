"""Does the SQL answer the question?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="sql_correctness",
    aliases=("LLMSQLEquivalence", "sql_semantic_equivalence", "sql_generation", "text_to_sql"),
    summary="Whether the SQL answers the question, or does the same as a reference query.",
    question="Does the SQL of the output give the rows the input asks for, on any data of this schema?",
    rules=(
        "Where a reference is given, ask whether both always give the same result; other names, order of columns and ways to write it do not matter.",
        "Look at joins, filters, null values, duplicates, grouping, time ranges and limits, one by one.",
        "A table or column the schema does not have makes it wrong.",
        "Quote the clause that is wrong.",
    ),
    grades=(
        Grade("correct", 1.0, "the right rows on any data"),
        Grade("nearly", 0.4, "right but for a rare case"),
        Grade("incorrect", 0.0, "wrong rows, or it cannot run"),
    ),
    needs=("input", "output"),
    optional=("expected", "documents"),
    threshold=0.75,
    mark="incorrect",
    blind="Speed, and whether it runs on your server: see sql_valid.",
)
