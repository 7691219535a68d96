"""The screen process: shows what gatekeeper says. Decides nothing, touches no device."""
