"""Freed memory goes back to the system where there was much of it."""

import ctypes
import sys


def give_back_freed_memory() -> bool:
    """Let glibc give freed pieces back; elsewhere nothing is done. Takes milliseconds.

    glibc keeps what is freed for later, also arrays of 25 MB, each a head of 50,000 people: between
    the phases of a head's making that adds up to 150 MB. (To let it never keep any would be dear:
    the embedder's activations are as large, and come and go with each picture.)

    Returns:
        whether the system was asked.
    """
    if not sys.platform.startswith("linux"):
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True
