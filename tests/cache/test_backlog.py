"""What could not be invalidated is kept, within bounds."""

from telemetry.cache.backlog import MAX_DEBTS_PER_TAG, Backlog, Debt, new_token


def everything(backlog: Backlog) -> set[str]:
    return {debt.token for debt in backlog.due(lambda _: True)}


def test_debts_are_due_by_tag_until_they_are_settled() -> None:
    backlog = Backlog()
    one, two = Debt("{a}", "{a}k:1"), Debt("{b}", "{b}k:1")
    backlog.owe([one, two])
    assert backlog.due(lambda tag: tag == "{a}") == [one]
    backlog.settle([one])
    assert everything(backlog) == {"{b}k:1"}
    backlog.settle([two])
    assert not backlog


def test_a_debt_owed_again_while_it_was_being_paid_stays() -> None:
    backlog = Backlog()
    first, second = Debt("{a}", "{a}k:1"), Debt("{a}", "{a}k:1")
    backlog.owe([first])
    backlog.owe([second])
    backlog.settle([first])
    assert backlog.due(lambda _: True) == [second]


def test_a_tag_at_its_limit_keeps_every_debt() -> None:
    backlog = Backlog()
    assert backlog.owe(Debt("{a}", f"{{a}}k:{number}") for number in range(MAX_DEBTS_PER_TAG)) == 0
    assert backlog.owe([Debt("{a}", "{a}k:0")]) == 0
    assert len(backlog) == MAX_DEBTS_PER_TAG


def test_one_more_than_the_limit_becomes_one_debt_for_the_whole_tag() -> None:
    backlog = Backlog()
    backlog.owe([Debt("{b}", "{b}k:1")])
    assert backlog.owe(Debt("{a}", f"{{a}}k:{number}") for number in range(MAX_DEBTS_PER_TAG + 1)) == 1
    assert everything(backlog) == {"{a}g", "{b}k:1"}


def test_what_is_owed_while_the_whole_tag_is_being_paid_stays() -> None:
    backlog = Backlog()
    whole = Debt("{a}", "{a}g")
    backlog.owe([whole])
    backlog.owe([Debt("{a}", "{a}k:1")])
    backlog.settle([whole])
    assert everything(backlog) == {"{a}g"}


def test_a_debt_sets_a_random_token_for_its_life_and_drops_the_value() -> None:
    first, second = (Debt("{a}", "{a}k:1", 5000, "{a}v:1").commands() for _ in range(2))
    assert first[0][:2] == ("SET", "{a}k:1")
    assert first[0][3:] == ("PX", 5000)
    assert first[0][2] != second[0][2]
    assert first[1] == ("UNLINK", "{a}v:1")


def test_tokens_fit_the_head_of_a_value() -> None:
    assert new_token().isalnum()
