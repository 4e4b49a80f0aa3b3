"""The room of accounts: signing in, what a person keeps, and who holds which post at an organization."""
