"""The room of technology offers."""
