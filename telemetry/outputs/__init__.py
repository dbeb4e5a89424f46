"""Where the figures of a request go; the outputs do not know each other."""
