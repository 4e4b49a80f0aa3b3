"""Figures of speed, memory and quality; not tests."""
