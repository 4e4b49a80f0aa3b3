"""The room of judgements."""
