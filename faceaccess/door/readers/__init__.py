"""Card readers and keypads: whatever gives lines of digits."""
