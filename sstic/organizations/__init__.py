"""The room of organizations: who they are, whether they may be trusted, and what stops them from consenting."""
