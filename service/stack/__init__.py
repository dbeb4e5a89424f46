"""`make stack`: the service with all that watches it, as processes of this machine."""
