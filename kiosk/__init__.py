"""The checkpoint kiosk: verifies a code, screens skin temperature, decides, moves the gate, keeps a record."""

__version__ = "0.1.0"
