"""The servers' keys, verified and cached on disk."""
