"""Lists flattened into keys are put together again."""

from nervure.normalise.indexed import entries_of, items_of


def test_entries_come_in_order_of_index_though_some_are_missing() -> None:
    flat = {
        "p.10.role": "b",
        "p.2.role": "a",
        "p.2.calls.1.name": "y",
        "p.2.calls.0.name": "x",
        "q.0.role": "c",
        "p": 1,
    }
    first, second = entries_of(flat, "p")
    assert (first["role"], second) == ("a", {"role": "b"})
    assert items_of(first["calls"]) == [{"name": "x"}, {"name": "y"}]


def test_bare_values_and_conflicting_keys_do_no_harm() -> None:
    assert entries_of({"p.0": "bare", "p.1.a": 1, "p.1.a.b": 2}, "p") == [{"a": 1}]
    assert entries_of({f"p.0{'.1' * 50}": 1}, "p") == []
