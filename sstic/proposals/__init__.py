"""The room of proposals."""
