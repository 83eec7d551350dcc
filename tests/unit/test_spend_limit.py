"""Budgets as settings say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.settings import read_settings
from tools.errors import BadSettings
from tools.llm.endpoint import Endpoint, Price
from tools.spend.budget import check_prices
from tools.spend.limit import Budgets, Limit, parse_limit


@pytest.mark.parametrize(
    ("text", "amount", "unit", "shown"),
    [
        ("$0.50", 0.5, "usd", "$0.50"),
        ("0.50 usd", 0.5, "usd", "$0.50"),
        ("USD 12", 12, "usd", "$12.00"),
        ("$1,250.5", 1_250.5, "usd", "$1,250.50"),
        (".005 USD", 0.005, "usd", "$0.005"),
        ("$0", 0, "usd", "$0.00"),
        ("200000 tokens", 200_000, "tokens", "200,000 tokens"),
        ("200k tokens", 200_000, "tokens", "200,000 tokens"),
        (" 1.5M Tokens ", 1_500_000, "tokens", "1,500,000 tokens"),
        ("200,000tokens", 200_000, "tokens", "200,000 tokens"),
        ("1 token", 1, "tokens", "1 tokens"),
    ],
)
def test_a_budget_is_read_and_shown(text: str, amount: float, unit: str, shown: str) -> None:
    limit = parse_limit(text)
    assert (limit.amount, limit.unit, str(limit)) == (amount, unit, shown)


@pytest.mark.parametrize(
    "text",
    ["", "a lot", "5", "-1 usd", "$-1", "1e9 tokens", "$", "tokens", "5 €", "$1 $2", "$nan", "1,00 usd", "9" * 400],
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_limit(text)


@given(st.decimals(min_value=0, max_value=10**6, places=6), st.integers(0, 10**12))
def test_what_is_shown_can_be_read_again(usd: float, tokens: int) -> None:
    for limit in (Limit(amount=float(usd), unit="usd"), Limit(amount=tokens, unit="tokens")):
        assert parse_limit(str(limit)) == limit


def test_an_endless_number_is_refused() -> None:
    for unit in ("usd", "tokens"):
        with pytest.raises(ValueError, match="finite"):
            parse_limit(f"{'9' * 400} {unit}")


def test_a_bad_setting_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLOQUY_BUDGET_PER_KEY_PER_DAY", "lots")
    with pytest.raises(BadSettings, match=r"COLLOQUY_BUDGET_PER_KEY_PER_DAY: .* write it like"):
        read_settings()
    monkeypatch.setenv("COLLOQUY_BUDGET_PER_KEY_PER_DAY", "$2")
    assert str(read_settings().budgets.per_key_per_day) == "$2.00"


def test_money_needs_the_price_of_every_model() -> None:
    free = Endpoint(name="local", base_url="http://x/v1", model="m", price=Price(input=0, output=0))
    bare = Endpoint(name="gpt-mini", base_url="http://x/v1", model="m")
    with pytest.raises(BadSettings, match=r"gpt-mini\. Add price = .*input = 0, output = 0") as refused:
        check_prices(Budgets(per_job=parse_limit("$1")), [free, bare])
    assert "local" not in refused.value.message
    check_prices(Budgets(per_job=parse_limit("$1")), [free])
    check_prices(Budgets(per_job=parse_limit("1k tokens")), [bare])
    check_prices(Budgets(), [bare])
