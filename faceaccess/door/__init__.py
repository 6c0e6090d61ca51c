"""The door's decision: evidence over time in, a decision with a reason out. Pure."""
