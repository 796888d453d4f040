"""Models in place of those that ship: which are in force, what is asked of them, and what is said when they fail."""

import importlib.util
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nervure.base.errors import BadInput, SettingsError
from nervure.base.settings import Settings
from nervure.detect.drift.text import text_tests
from nervure.evaluate import Document, Example, evaluate_rows, get_evaluator
from nervure.evaluate.chosen import choose, handed_on, tried, version_of
from nervure.evaluate.classifiers.nli import entailing
from nervure.evaluate.classifiers.toxic import toxic
from nervure.evaluate.embeddings import embedder, use
from nervure.evaluate.embeddings.contract import EmbedderDown, EmbedderRefused
from nervure.evaluate.embeddings.embedder import open_embedder, static
from nervure.evaluate.embeddings.remembering import Remembering
from tests.unit.evaluate.judging.fake import Act, FakeEndpoint, Request

PAIR = Example(output="red red blue", expected="red")


@pytest.fixture(autouse=True)
def _as_it_ships() -> Iterator[None]:
    yield
    use(None)
    choose(Settings())


@pytest.fixture
def started() -> Iterator[list[FakeEndpoint]]:
    made: list[FakeEndpoint] = []
    yield made
    for one in made:
        one.close()


def counts(body: Request, _: int = 0) -> Act:
    """Vectors that can be checked by hand, of length 2 and more: how often a text says red and blue. In no order."""
    data = [
        {"index": place, "embedding": [2.0 * text.count("red"), 2.0 * text.count("blue"), 1e-9]}
        for place, text in enumerate(body["input"])
    ]
    return Act({"object": "list", "data": data[::-1], "model": body["model"]})


def api(fake: FakeEndpoint, **more: Any) -> Settings:
    named = {"embeddings": "api:counts", "embeddings_url": fake.url, "embeddings_key": "sk-secret\n"}
    return Settings(**{**named, "embeddings_timeout_s": 2.0, **more})


def test_an_api_embeds_for_evaluators_and_is_named_in_what_they_say(started: list[FakeEndpoint]) -> None:
    started.append(fake := FakeEndpoint(counts))
    choose(api(fake))
    evaluator = get_evaluator("semantic_similarity")
    result = evaluator.evaluate(PAIR)
    assert result.score == pytest.approx(2 / 5**0.5)
    assert result.details == {"embedder": "api:counts"}
    assert version_of(evaluator) == "1+api:counts"
    assert fake.asked == [{"model": "counts", "input": ["red red blue", "red"], "_path": "/v1/embeddings"}]
    assert fake.headers[0]["authorization"] == "Bearer sk-secret"
    # Those with fitted weights go on with the embedding they were fitted with.
    assert version_of(get_evaluator("answer_relevance")) == "1"
    assert static().name == "wordllama-l2-256"


def test_a_text_is_sent_once_cut_and_never_when_blank_and_batches_keep_their_order(started: list[FakeEndpoint]) -> None:
    started.append(fake := FakeEndpoint(counts))
    made = open_embedder(api(fake, embeddings_batch=3, embeddings_max_chars=8))
    texts = ["red", "", "blue", "red", " \n", "red blue red red", "\ud800 red"] + [
        "blue " + "red" * n for n in range(9)
    ]
    first = made.embed(texts)
    assert first.shape == (len(texts), 3)
    assert first[6] == pytest.approx(first[0], abs=1e-6)
    assert np.linalg.norm(first, axis=1) == pytest.approx([float(bool(text.strip())) for text in texts], abs=1e-6)
    assert first[0] == pytest.approx([1, 0, 0], abs=1e-6)
    assert first[5] == pytest.approx([0.5**0.5, 0.5**0.5, 0], abs=1e-6)
    sent = [text for request in fake.asked for text in request["input"]]
    assert sorted(sent) == sorted({text[:8].replace("\ud800", "?") for text in texts if text.strip()})
    assert max(len(request["input"]) for request in fake.asked) == 3
    before = len(fake.asked)
    assert (made.embed(texts) == first).all()
    assert len(fake.asked) == before


def test_only_so_many_vectors_are_remembered() -> None:
    asked: list[str] = []

    def ask(texts: Any) -> Any:
        asked.extend(texts)
        return np.ones((len(texts), 4), np.float32)

    made = Remembering("ones", ask, batch=8, most_bytes=3 * (4 * 4 + 300))
    made.embed(["a", "b", "c"])
    made.embed(["a", "d"])
    made.embed(["a", "b"])
    assert asked == ["a", "b", "c", "d", "b"]


def test_only_blank_texts_have_the_shape_of_others(started: list[FakeEndpoint]) -> None:
    started.append(fake := FakeEndpoint(lambda body, _: Act({"data": [{"embedding": [3, 4]} for _ in body["input"]]})))
    made = open_embedder(api(fake))
    assert made.embed([" "]).tolist() == [[0, 0]]
    assert made.embed([]).shape == (0, 2)


def test_what_passes_is_tried_again_after_the_time_asked_for(started: list[FakeEndpoint]) -> None:
    def busy_once(body: Request, number: int) -> Act:
        return Act({"error": "slow down"}, 429, {"retry-after": "0.2"}) if number == 0 else counts(body)

    started.append(fake := FakeEndpoint(busy_once))
    assert open_embedder(api(fake)).embed(["red"])[0] == pytest.approx([1, 0, 0], abs=1e-6)
    assert len(fake.asked) == 2


def test_an_api_that_is_down_is_said_to_be_down_and_nothing_stands_in_for_it(started: list[FakeEndpoint]) -> None:
    started.append(
        fake := FakeEndpoint(lambda *_: Act({"error": {"message": "overloaded"}}, 503, {"retry-after": "300"}))
    )
    choose(api(fake))
    with pytest.raises(EmbedderDown, match="overloaded") as caught:
        get_evaluator("semantic_similarity").evaluate(PAIR)
    assert caught.value.retry_after_s == 300
    row = next(evaluate_rows("semantic_similarity", [{"output": "red", "expected": "red"}]))
    assert row["score"] is None
    assert row["error"].startswith(f"the embeddings API {fake.url}/embeddings asks to wait 300 s")
    assert [(what, answers) for what, answers, _ in tried()] == [("embeddings", False)]
    with pytest.raises(EmbedderDown):
        text_tests(["red"] * 40, ["blue"] * 40, is_ordered=False)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (Act({"error": {"message": "Incorrect API key provided"}}, 401), "Incorrect API key.*embeddings_key is wrong"),
        (Act({"error": "batch size 9 > 4"}, 413), "batch size 9 > 4.*embeddings_batch is 32"),
        (Act({"error": "model `counts` not found"}, 404), "not found.*the model's name"),
        (Act({"data": []}), "0 vectors for 1 texts"),
        (Act({"data": [{"index": 0, "embedding": "AAAA"}]}), "did not answer as the protocol promises"),
        (Act(b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'), "no numbers"),
        (Act(b"<html>hello</html>"), "answered no JSON object"),
    ],
)
def test_what_will_not_pass_is_told_in_words_and_without_the_key(
    act: Act, told: str, started: list[FakeEndpoint]
) -> None:
    started.append(fake := FakeEndpoint(lambda *_: act))
    with pytest.raises(EmbedderRefused, match=told) as caught:
        open_embedder(api(fake)).embed(["red"])
    assert "sk-secret" not in str(caught.value)
    assert len(fake.asked) == 1


def test_another_model_under_the_same_name_is_refused(started: list[FakeEndpoint]) -> None:
    started.append(fake := FakeEndpoint(lambda body, number: Act({"data": [{"embedding": [1.0] * (2 + number)}]})))
    made = open_embedder(api(fake))
    made.embed(["red"])
    with pytest.raises(EmbedderRefused, match="3 dimensions, before 2: another model answers"):
        made.embed(["blue"])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"embeddings": "word2vec"}, "no way to embed: write one of api:<model>, sentence-transformers:<name or folder>, wordllama"),
        ({"embeddings": "wordllama:big"}, "takes no name"),
        ({"embeddings": "api:"}, "names no model"),
        ({"embeddings": "api:m"}, "needs embeddings_url"),
        ({"embeddings": "api:m", "embeddings_url": "http://x", "embeddings_key": "sk-sec\nret"}, "embeddings_key holds"),
        ({"embeddings": "sentence-transformers:/no/such/folder"}, "/no/such/folder is no folder"),
        ({"nli_model": "./missing"}, "./missing is no folder"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_at_the_start(settings: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        choose(Settings(**settings))  # type: ignore[arg-type]
    assert "sk-sec" not in str(caught.value)
    assert embedder() is static()


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is installed here")
@pytest.mark.parametrize(
    "settings", [{"nli_model": "a/b"}, {"toxicity_model": "a/b"}, {"embeddings": "sentence-transformers:a/b"}]
)
def test_a_model_whose_library_is_not_installed_stops_the_start(settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"not installed here: pip install 'nervure\[models\]'"):
        choose(Settings(**settings))  # type: ignore[arg-type]


def test_other_processes_embed_with_the_same(started: list[FakeEndpoint]) -> None:
    started.append(fake := FakeEndpoint(counts))
    choose(api(fake))
    [row] = evaluate_rows("semantic_similarity", [{"output": "red red blue", "expected": "red"}], workers=2)
    assert (row["version"], row["score"]) == ("1+api:counts", pytest.approx(2 / 5**0.5))
    use(open_embedder(api(fake)))
    with pytest.raises(BadInput, match="score with workers=1"):
        handed_on()


@pytest.mark.parametrize(
    ("labels", "entails", "bad"),
    [
        (("contradiction", "entailment", "neutral"), [1], []),
        (("ENTAILMENT", "NOT_ENTAILMENT"), [0], []),
        (("notEntailment", "entailment"), [1], []),
        (("non-toxic", "toxic"), [], [1]),
        (("nothate", "hate"), [], [1]),
        (("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"), [], [0, 1, 2, 3, 4, 5]),
        (("LABEL_0", "LABEL_1"), [], []),
    ],
)
def test_labels_are_found_by_their_names(labels: tuple[str, ...], entails: list[int], bad: list[int]) -> None:
    assert (entailing(labels), toxic(labels)) == (entails, bad)


def _tiny(folder: Path, labels: tuple[str, ...], bias: tuple[float, ...], problem: str | None = None) -> str:
    """A model of the transformers library that always answers as its bias says."""
    torch, transformers = import_module("torch"), import_module("transformers")
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "tower", "red", "blue", "."]
    (folder / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    names = dict(enumerate(labels)) or {0: "LABEL_0"}
    config = transformers.BertConfig(vocab_size=len(words), id2label=names, problem_type=problem, **sizes)
    torch.manual_seed(0)
    made = transformers.BertForSequenceClassification(config) if labels else transformers.BertModel(config)
    if labels:
        made.classifier.bias.data = torch.tensor(bias)
    made.save_pretrained(folder)
    return str(folder)


def test_installed_models_judge_and_embed(tmp_path: Path) -> None:
    """With the real libraries: run it where `pip install 'nervure[models]'` was done."""
    for package in ("torch", "transformers", "sentence_transformers"):
        pytest.importorskip(package, reason=f"{package} is not installed: it is a model's, and large")
    nli = _tiny(tmp_path / "nli", ("contradiction", "neutral", "entailment"), (0.0, 0.0, 6.0))
    bad = _tiny(tmp_path / "toxic", ("toxic", "insult"), (-6.0, 6.0), "multi_label_classification")
    plain = _tiny(tmp_path / "plain", (), ())
    choose(Settings(embeddings=f"sentence-transformers:{plain}", nli_model=nli, toxicity_model=bad))
    assert [(what, answers) for what, answers, _ in tried()] == [
        ("embeddings", True), ("nli_model", True), ("toxicity_model", True),
    ]  # fmt: skip
    documents = (Document("The tower is red. " * 200), Document("The tower is blue."))
    result = get_evaluator("groundedness").evaluate(Example(output="The tower is red. It sings.", documents=documents))
    assert (result.label, result.details["model"], result.spans) == ("grounded", nli, ())
    assert result.score == pytest.approx(0.995, abs=0.01)
    assert version_of(get_evaluator("groundedness")) == f"1+{nli}"
    result = get_evaluator("toxicity").evaluate(Example(output="The tower is red. " * 100 + "\ud800"))
    assert result.label == "toxic"
    assert result.details == {"toxic_probability": pytest.approx(0.9975, abs=0.01), "model": bad}
    assert result.spans[0].end == 17
    model = import_module("sentence_transformers").SentenceTransformer(plain)
    wanted = model.encode(["the tower", "red"], normalize_embeddings=True)
    assert embedder().embed(["the tower", "red", " "]) == pytest.approx(np.vstack([wanted, np.zeros(8)]), abs=1e-5)
    unnamed = _tiny(tmp_path / "unnamed", ("LABEL_0", "LABEL_1"), (0.0, 0.0))
    choose(Settings(nli_model=unnamed))
    with pytest.raises(SettingsError, match="none of its labels is entailment: LABEL_0, LABEL_1"):
        get_evaluator("groundedness").evaluate(Example(output="The tower.", documents=documents))


def test_an_unsupported_sentence_is_marked_with_the_passage_nearest_to_it() -> None:
    class Says:
        """Entails what the premise says word for word."""

        name = "says"

        def entailment(self, pairs: Any) -> Any:
            return np.array([0.9 if hypothesis in premise else 0.1 for premise, hypothesis in pairs])

    from nervure.evaluate.evaluators._entailment import entailed
    from nervure.evaluate.text.sentences import sentences
    from nervure.evaluate.text.support import passages

    output = "The tower was finished in 1889. Napoleon painted it red. Sure!"
    given = passages(("Cats sleep.", "It is in Paris. The tower was finished in 1889. It is painted brown."))
    found = entailed(Says(), sentences(output), given, 0.5, 0.5)  # type: ignore[arg-type]
    assert found.score == pytest.approx(0.5 * (0.5 + 0.1))
    assert found.label == "ungrounded"
    assert json.loads(json.dumps(found.details)) == {"sentences": 2, "unsupported_sentences": 1, "model": "says"}
    assert [(output[one.start : one.end], one.label, one.document, one.evidence) for one in found.spans][:1] == [
        ("Napoleon painted it red.", "unsupported", 1, "It is painted brown.")
    ]
