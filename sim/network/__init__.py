"""The network between kiosk and hub, and what goes wrong in it."""
