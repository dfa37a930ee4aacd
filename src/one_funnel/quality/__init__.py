"""What readers of the marts may rely on, and whether it holds."""
