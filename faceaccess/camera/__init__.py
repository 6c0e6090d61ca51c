"""Sources of frames behind one protocol, and the reader that keeps the newest one."""
