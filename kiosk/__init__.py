"""The checkpoint kiosk: verifies a code, screens skin temperature, decides, moves the gate, records."""

__version__ = "0.1.0"
