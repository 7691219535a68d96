"""The uplink process: the only network connection, trust down and journal up."""
