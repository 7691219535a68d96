"""The mathematics of a temperature reading, and the technician's commands."""
