"""The room of countries."""
