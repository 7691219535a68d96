"""The uplink process: the only network connection, keys down and journal up."""
