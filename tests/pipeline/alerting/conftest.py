"""The brokers and servers that the tests of locks have serve alerts as well."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "door" / "locks"))
