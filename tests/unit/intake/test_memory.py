from nervure.intake.recent import Recent


def test_a_key_is_known_for_at_least_the_window_and_forgotten_after_twice_that() -> None:
    recent: Recent[str, int] = Recent(most=100, window_s=10)
    recent.age(0)
    recent.put("a", 1)
    recent.age(10)
    assert recent.get("a") == 1
    recent.age(10.1)
    assert recent.get("a") == 1
    recent.age(20.3)
    assert recent.get("a") is None


def test_under_pressure_the_newest_half_at_least_is_known() -> None:
    recent: Recent[int, int] = Recent(most=10, window_s=1000)
    for key in range(100):
        recent.put(key, key)
        recent.age(1)
    assert [recent.get(key) for key in range(95, 100)] == [95, 96, 97, 98, 99]
    assert len(recent) <= 10


def test_a_forgotten_key_is_as_if_never_seen() -> None:
    recent: Recent[int, int] = Recent(most=10, window_s=1000)
    recent.put(1, 1)
    recent.put(2, 2)
    recent.forget([1])
    assert (recent.get(1), recent.get(2)) == (None, 2)
