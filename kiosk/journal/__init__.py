"""The append-only record of everything that the kiosk decided."""
