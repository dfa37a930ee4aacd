"""Invented companies: what really happens, and what each system would export of it."""
