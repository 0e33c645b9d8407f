import time

from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.database import run_in_threads
from tests.people import People


def test_values_are_kept_changed_and_forgotten(db: None) -> None:
    assert cache.get("a", "none") == "none"
    cache.set("a", [1.5, True, None, "x"], 60)
    assert cache.get("a") == [1.5, True, None, "x"]
    assert not cache.add("a", 1, 60)
    assert cache.delete("a")
    assert not cache.delete("a")
    assert cache.add("a", 1, 60)
    assert cache.incr("a") == 2
    cache.set("forever", 1, None)
    assert cache.get_many(["a", "forever", "b"]) == {"a": 2, "forever": 1}
    cache.clear()
    assert cache.get("forever") is None


def test_values_expire_and_go(db: None) -> None:
    cache.set("soon", 1, 0.05)
    cache.set("late", 1, 60)
    assert cache.touch("late", 120)
    time.sleep(0.08)
    assert cache.get("soon") is None
    assert not cache.touch("soon", 60)
    assert cache.forget_expired() == 1  # type: ignore[attr-defined]
    assert cache.get("late") == 1


def test_what_is_counted_survives_the_request_that_is_undone(committed: None) -> None:
    with transaction.atomic():
        cache.set("attempts", 1, 60)
        transaction.set_rollback(True)
    assert cache.get("attempts") == 1


def test_one_of_sixteen_adds(committed: None) -> None:
    assert sorted(run_in_threads(16, lambda n: cache.add("lock", n, 60))) == [False] * 15 + [True]
    cache.set("lock", 0, 0)
    assert sorted(run_in_threads(16, lambda n: cache.add("lock", n, 60))) == [False] * 15 + [True]


def test_sixteen_guesses_at_once_are_five(committed: None, people: People) -> None:
    def guess(number: int) -> str:
        client = Client(REMOTE_ADDR=f"10.3.0.{number}")
        form = {"login": people.patient.user.email, "password": "wrong"}
        return client.post("/sign-in/", form).content.decode()

    pages = run_in_threads(16, guess)
    assert sum("is not right" in page for page in pages) <= 5
    assert sum("Too many attempts" in page for page in pages) >= 11
