"""The room of good practices."""
