"""Ways to run the application: each module has `instrument(app, engine)` and, if it wants to know, `cache_answered`."""
