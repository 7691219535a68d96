"""What `kiosk-calibrate` can do, a module a command.

Each has `NAME`, `HELP`, `add_arguments(parser)` and `run(options, now, sleep)`,
which returns the exit status and raises CalibrationError, DeviceError or
ValueError for what a user can cause. `options.made_at` is the present moment.
"""
