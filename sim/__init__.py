"""The world around the kiosk: people, phone, camera, radiation, sensor chip, scanner, pins, network."""
