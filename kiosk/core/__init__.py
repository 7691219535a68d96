"""The rules: pure. Events in, commands out, time as an argument; no I/O, no clock, no thread, no Qt."""
