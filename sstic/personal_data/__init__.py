"""The room of personal data: give it out, erase it, remove what was kept long enough."""
