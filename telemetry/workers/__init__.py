"""Several processes that serve one application: how many, and the directory in which their metrics meet."""
