"""The room of the home page, and of what a service must say about itself."""
