"""The room of the audit: the list of events, the history of one object, the check of the chain."""
