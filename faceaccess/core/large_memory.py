"""Large arrays go back to the system when they are freed."""

import ctypes
import sys

LARGE = 16 * 2**20
"""Bytes from which a piece of memory is the system's again at once: larger than any camera picture,
so that the live view does not pay for it, and smaller than the head of 50,000 people."""
_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD in malloc.h


def give_back_large_memory() -> bool:
    """Let glibc keep no large freed pieces for itself; elsewhere nothing is changed.

    By itself glibc learns from the first large piece that is freed to keep all such pieces, and the
    process stays at several times what it needs: at 50,000 people 150 MB more.

    Returns:
        whether it was done.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_MMAP_THRESHOLD, LARGE) == 1
