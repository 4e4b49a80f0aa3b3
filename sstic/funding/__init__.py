"""The room of funding windows."""
