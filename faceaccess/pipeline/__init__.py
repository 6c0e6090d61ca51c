"""The use cases: each is one transaction, yields progress and returns plain values."""
