"""`nervure prompts` and `nervure datasets` against a real server."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_with_server import run, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_prompts_are_put_labelled_compared_and_shown(tmp_path: Path) -> None:
    text, chat = tmp_path / "greet.txt", tmp_path / "chat.json"
    text.write_text("Hello {{name}}\nWelcome")
    chat.write_text(json.dumps({"messages": [{"role": "system", "content": "You serve {{shop}}."}]}))
    with served(tmp_path / "data") as url:
        assert run(url, "prompts", "put", "shop/greet", str(text), "-l", "production", "--tag", "t").startswith(
            "shop/greet version 1 ("
        )
        assert "version 1" in run(url, "prompts", "put", "shop/greet", str(text)), "nothing has changed"
        text.write_text("Hi {{name}}\nWelcome")
        assert "version 2" in run(
            url, "prompts", "put", "shop/greet", str(text), "-m", "shorter", "--config", '{"temperature": 0.5}'
        )
        assert "version 1" in run(url, "prompts", "put", "chat", str(chat))
        assert run(url, "prompts", "show", "shop/greet") == "Hello {{name}}\nWelcome\n"
        assert run(url, "prompts", "label", "shop/greet", "production", "2") == "shop/greet: production is version 2\n"
        shown = json.loads(run(url, "prompts", "show", "shop/greet", "--json"))
        assert (shown["version"], shown["message"], shown["labels"]) == (2, "shorter", ["latest", "production"])
        difference = run(url, "prompts", "diff", "shop/greet", "1")
        assert difference == "- Hello {{name}}\n+ Hi {{name}}\n  Welcome\n- temperature: null\n+ temperature: 0.5\n"
        listed = json.loads(run(url, "prompts", "list", "--json"))
        assert [(one["name"], one["type"], one["tags"]) for one in listed] == [
            ("chat", "chat", []), ("shop/greet", "text", ["t"]),
        ]  # fmt: skip
        assert run(url, "prompts", "label", "shop/greet", "production") == "shop/greet: production is gone\n"
        assert "no version 7" in run(url, "prompts", "show", "shop/greet", "-v", "7", code=1)
        assert "is not JSON" in run(url, "prompts", "put", "x", str(text), "--config", "{", code=2)


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_dataset_goes_through_a_file_and_is_the_same(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"input": {"q": "Où?"}, "expected": "42", "external_id": "a", "splits": ["test"], "metadata": {"n": 1}},
        {"input": "plain, with comma\nand line", "output": "7", "external_id": "b", "documents": [{"content": "d"}]},
        {"input": "true", "expected": True, "external_id": "c", "status": "archived", "topic": "math"},
    ]
    source, copy = tmp_path / "rows.jsonl", tmp_path / f"copy.{suffix}"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with served(tmp_path / "data") as url:
        run(url, "datasets", "import", "d", str(source))
        run(url, "datasets", "import", "d", str(source))
        listed = json.loads(run(url, "datasets", "list", "--json"))
        assert [(one["name"], one["item_count"], one["version"]) for one in listed] == [("d", 3, 1)], "twice is once"
        run(url, "datasets", "export", "d", str(copy))
        assert "exists" in run(url, "datasets", "export", "d", str(copy), code=2)
        run(url, "datasets", "import", "again", str(copy), "-p", "elsewhere")
        first, second = (
            [json.loads(line) for line in run(url, "datasets", "export", name, "-", *more).splitlines()]
            for name, more in (("d", ()), ("again", ("-p", "elsewhere")))
        )
        for one in (*first, *second):
            one.pop("id")
        assert first == second
        assert [one["input"] for one in first] == [row["input"] for row in rows]
        assert first[2]["metadata"] == {"topic": "math"}
        assert "line 1 is no object" in run(url, "datasets", "import", "d", str(_written(tmp_path, "7\n")), code=2)


def _written(folder: Path, text: str) -> Path:
    file = folder / "bad.jsonl"
    file.write_text(text)
    return file
