"""The upstream: issues passes, publishes keys, takes the kiosks' entries."""
