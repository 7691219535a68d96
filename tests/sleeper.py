"""A child that does nothing, says nothing, and ends on any signal."""

import signal

signal.pause()
