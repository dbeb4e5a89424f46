"""Any order of loads, stores and invalidations, held against a plain model."""

from contextvars import Context

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from telemetry.cache import CacheManager
from telemetry.cache.keys import KeyScheme
from tests.cache.faces import Request, fake_store, one

LONG = "y" * 300
KEYS = ["n:1", "n:12", "n:1:", "n:1:a", "n:1:a:x", "n:1:ab", "n:12:a", "n:", "n:é:☕", f"n:{LONG}:1", f"n:1:{LONG}"]
PREFIXES = ["n:", "n:1:", "n:1:a:", "n:12:", "n:é:", f"n:{LONG}:", f"n:1:{LONG}:"]

Load = tuple[str, Request, int | None]


class Model(RuleBasedStateMachine):
    """A value may be served if nothing that covers its key was invalidated since its load began."""

    loads = Bundle("loads")

    def __init__(self) -> None:
        super().__init__()
        self.store = fake_store("model")
        self.cache = CacheManager(int, namespace="n", store=self.store, ttl_seconds=600).sync
        self.keys = KeyScheme("model", "n")
        self.now = 0
        self.stored: dict[str, tuple[int, int]] = {}
        self.outdated = dict.fromkeys(KEYS, 0)

    @rule(target=loads, key=st.sampled_from(KEYS))
    def begin_load(self, key: str) -> Load:
        self.now += 1
        request = Request()
        found = Context().run(self.cache.get, key, request)
        # A hit leaves no ticket: a `set` after it is one without a look-up.
        return key, request, self.now if found is None else None

    @rule(load=consumes(loads))
    def end_load(self, load: Load) -> None:
        self.now += 1
        key, request, began = load
        Context().run(self.cache.set, key, self.now, request)
        self.stored[key] = (self.now, self.now if began is None else began)

    @rule(key=st.sampled_from(KEYS))
    def set_without_a_look_up(self, key: str) -> None:
        self.now += 1
        Context().run(self.cache.set, key, self.now)
        self.stored[key] = (self.now, self.now)

    @rule(key=st.sampled_from(KEYS))
    def invalidate(self, key: str) -> None:
        self.now += 1
        self.cache.invalidate(key)
        self.outdated[key] = self.now

    @rule(prefix=st.sampled_from(PREFIXES))
    def invalidate_by_prefix(self, prefix: str) -> None:
        self.now += 1
        self.cache.invalidate_by_prefix(prefix)
        self.outdated |= {key: self.now for key in KEYS if key.startswith(prefix)}

    @rule(key=st.sampled_from(KEYS))
    def lose_the_generation(self, key: str) -> None:
        self.now += 1
        tag = self.keys.entry(key).tag
        self.store.run_sync(one("DEL", self.keys.entry(key).tokens[0]))
        self.outdated |= {other: self.now for other in KEYS if self.keys.entry(other).tag == tag}

    @invariant()
    def what_is_served_is_what_the_model_says(self) -> None:
        for key in KEYS:
            value, began = self.stored.get(key, (None, 0))
            assert Context().run(self.cache.get, key) == (value if began > self.outdated[key] else None)


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
