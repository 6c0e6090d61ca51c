"""The counterparts that the tests of locks have (brokers, Modbus servers) serve inputs as well."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "locks"))
