"""Prices of a GPU hour: which holds, and when."""

import pytest

from nervure.base.errors import BadInput
from nervure.model.gpu import GpuPrice
from nervure.price.gpu import Piece, checked_gpu_price, gpu_price_at, gpu_price_pieces


def price(
    name: str, usd: float, gpu: str = "", host: str = "", begins: int | None = None, ends: int | None = None
) -> GpuPrice:
    return GpuPrice("", "p", name, usd, gpu, host, begins, ends)


PRICES = [
    price("any", 1.0),
    price("h100", 3.0, "*h100*"),
    price("h100 later", 2.5, "*h100*", begins=100),
    price("eu", 2.0, host="gpu-eu-*", ends=50),
]


@pytest.mark.parametrize(
    ("gpu", "host", "at", "name"),
    [
        pytest.param("Tesla T4", "gpu-us-1", 0, "any", id="a price without patterns fits what no other does"),
        pytest.param(
            "NVIDIA H100 80GB", "gpu-us-1", 0, "h100", id="in any case, the one that names the GPU goes before"
        ),
        pytest.param("NVIDIA H100 80GB", "gpu-us-1", 100, "h100 later", id="of two alike the one that began later"),
        pytest.param("NVIDIA H100 80GB", "gpu-eu-1", 49, "eu", id="the one that names the host goes first"),
        pytest.param("NVIDIA H100 80GB", "gpu-eu-1", 50, "h100", id="until its last moment, not included"),
    ],
)
def test_the_most_specific_price_holds(gpu: str, host: str, at: int, name: str) -> None:
    found = gpu_price_at(PRICES, gpu, host, at)
    assert found is not None
    assert found.name == name


def test_no_price_is_no_price_and_not_nought() -> None:
    assert gpu_price_at(PRICES[1:], "Tesla T4", "gpu-us-1", 0) is None
    assert gpu_price_pieces([], "", "", 0, 9) == [Piece(0, 9, None)]


def test_pieces_cover_the_range_without_gaps_and_change_only_with_the_price() -> None:
    assert gpu_price_pieces(PRICES[1:], "H100", "gpu-eu-1", 10, 200) == [
        Piece(10, 50, 2.0), Piece(50, 100, 3.0), Piece(100, 200, 2.5),
    ]  # fmt: skip
    # The end of a price for other hosts is no edge here.
    assert gpu_price_pieces(PRICES[:2] + PRICES[3:], "H100", "gpu-us-1", 10, 200) == [Piece(10, 200, 3.0)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (price("", 1.0), "name is missing"),
        (price("a", -1.0), "USD per hour of one GPU"),
        (price("a", float("nan")), "USD per hour of one GPU"),
        (price("a", 1.0, gpu=" x"), "without spaces"),
        (price("a", 1.0, begins=5, ends=5), "valid_from must lie before valid_to"),
    ],
)
def test_what_cannot_be_a_price_is_refused_with_what_to_write(wrong: GpuPrice, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        checked_gpu_price(wrong)
