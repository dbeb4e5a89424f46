"""Who may see the figures of a request in its response; metrics and spans have them in any case."""
