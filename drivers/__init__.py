"""One file or folder per device. The drivers know nothing of the kiosk."""
