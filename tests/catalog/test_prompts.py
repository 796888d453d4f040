"""Prompts on either database: versions never change, labels are on one version, numbers are never given twice."""

import threading

import pytest

from nervure.base.errors import BadInput, NotFound
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.prompts import Wanted
from nervure.model.prompt import Draft

CHAT = [
    {"role": "system", "content": "You answer for {{shop}}."},
    {"type": "placeholder", "name": "history"},
    {"role": "user", "content": [{"type": "text", "text": "{{ question }} in {{shop}}"}]},
]
EVERY = Wanted()


def test_each_put_is_a_version_and_labels_move_between_them(catalog: Catalog) -> None:
    first = catalog.prompts.put("shop", "greet", Draft("Hello {{name}}", {"model": "m"}), labels=["production"])
    second = catalog.prompts.put("shop", "greet", Draft("Hi {{name}}, {{when}}", message="shorter"), actor="ada")
    assert (first.version, first.labels, first.variables) == (1, ("latest", "production"), ("name",))
    assert (second.version, second.labels, second.variables) == (2, ("latest",), ("name", "when"))
    assert first.commit != second.commit
    assert catalog.prompts.version("shop", "greet").version == 1, "production before the newest"
    moved = catalog.prompts.label("shop", "greet", "production", 2, actor="ada")
    assert moved.labels == {"production": 2, "latest": 2}
    assert catalog.prompts.version("shop", "greet", label="production").template == "Hi {{name}}, {{when}}"
    assert catalog.prompts.version("shop", "greet", 1).template == "Hello {{name}}"
    told = catalog.audit.entries(noun="prompt_label", noun_id="greet#production")
    assert [(one.actor, one.before, one.after) for one in told] == [
        ("ada", {"version": 1}, {"version": 2}),
        ("system", None, {"version": 1}),
    ]
    (change,) = catalog.changes.list("shop", 0, 1 << 62)
    assert (change.kind, change.name, change.before, change.after, change.author, change.scope) == (
        "prompt", "greet", "1", "2", "ada", {"prompt": "greet"},
    )  # fmt: skip
    assert catalog.prompts.label("shop", "greet", "production", None).labels == {"latest": 2}


def test_messages_have_variables_and_the_same_content_has_the_same_commit(catalog: Catalog) -> None:
    made = catalog.prompts.put("shop", "ask", Draft(CHAT))
    assert (made.type, made.variables) == ("chat", ("shop", "question", "history"))
    again = catalog.prompts.put("shop", "ask", Draft(CHAT), only_changed=True)
    assert again == made
    assert catalog.prompts.put("shop", "ask", Draft(CHAT)).commit == made.commit
    found = catalog.prompts.find_version("shop", made.commit[:8])
    assert found is not None
    assert found.version == 2, "the newest of those that say the same"


def test_a_version_made_elsewhere_is_taken_in_once(catalog: Catalog) -> None:
    draft = Draft("x", external_id="lf-17", created_ns=5)
    made = catalog.prompts.put("shop", "p", draft, labels=["production"])
    assert catalog.prompts.put("shop", "p", draft, labels=["staging"]).version == made.version == 1
    assert catalog.prompts.find_version("shop", "lf-17") == catalog.prompts.version("shop", "p", 1)
    assert made.created_ns == 5


def test_what_is_deleted_is_not_found_and_its_numbers_are_not_given_again(catalog: Catalog) -> None:
    for text in "abc":
        catalog.prompts.put("shop", "p", Draft(text), labels=["production"])
    catalog.prompts.delete("shop", "p", 3)
    prompt = catalog.prompts.get("shop", "p")
    assert (prompt.latest, prompt.labels) == (2, {"latest": 2})
    with pytest.raises(NotFound, match="no version 3"):
        catalog.prompts.version("shop", "p", 3)
    catalog.prompts.delete("shop", "p")
    with pytest.raises(NotFound, match="no prompt 'p'"):
        catalog.prompts.get("shop", "p")
    assert catalog.prompts.list("shop") == []
    assert catalog.prompts.put("shop", "p", Draft("d")).version == 4


def test_lists_are_by_name_and_by_what_is_wanted(catalog: Catalog) -> None:
    for name, tags in (("b/greet", ["é"]), ("a/Greet", []), ("c", ["é", "x"])):
        catalog.prompts.put("shop", name, Draft("t"), labels=["production"] if name == "c" else [], tags=tags)
    catalog.prompts.put("bank", "other", Draft("t"))

    def names(wanted: Wanted = EVERY, **more: int) -> list[str]:
        return [one.name for one in catalog.prompts.list("shop", wanted, **more)]

    assert names() == ["a/Greet", "b/greet", "c"]
    assert names(Wanted(text="GREET")) == ["a/Greet", "b/greet"]
    assert names(Wanted(tag="é")) == ["b/greet", "c"]
    assert names(Wanted(label="production")) == ["c"]
    assert names(limit=1, offset=1) == ["b/greet"]
    assert catalog.prompts.count("shop") == 3


@pytest.mark.parametrize(
    ("draft", "type", "labels", "says"),
    [
        (Draft([]), None, [], "1 to 1000 messages"),
        (Draft("x"), "chat", [], "list of 1 to"),
        (Draft([{"role": "user"}]), None, [], "message 0 needs"),
        (Draft("x" * (3 << 20)), None, [], "at most"),
        (Draft("x", {"t": float("nan")}), None, [], "cannot be written as JSON"),
        (Draft("x"), None, [" "], "label"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    catalog: Catalog, draft: Draft, type: str | None, labels: list[str], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        catalog.prompts.put("shop", "p", draft, type, labels)  # type: ignore[arg-type]
    assert catalog.prompts.list("shop") == []


def test_the_type_of_a_prompt_stays_and_latest_cannot_be_moved(catalog: Catalog) -> None:
    catalog.prompts.put("shop", "p", Draft("x"), labels=["latest"])
    with pytest.raises(BadInput, match="of type text"):
        catalog.prompts.put("shop", "p", Draft(CHAT))
    with pytest.raises(BadInput, match="always means the newest"):
        catalog.prompts.label("shop", "p", "latest", 1)


def test_those_who_put_at_once_make_a_version_each(catalog: Catalog) -> None:
    catalog.prompts.put("shop", "p", Draft("0"))
    putting = [threading.Thread(target=catalog.prompts.put, args=("shop", "p", Draft(str(n)))) for n in range(1, 5)]
    for thread in putting:
        thread.start()
    for thread in putting:
        thread.join()
    assert [one.version for one in catalog.prompts.versions("shop", "p")] == [5, 4, 3, 2, 1]
