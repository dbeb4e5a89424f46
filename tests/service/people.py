"""Who asks, by the tokens of the demo file."""

from typing import Final

USER: Final = {"Authorization": "Bearer demo-user"}
ADMIN: Final = {"Authorization": "Bearer demo-admin"}
