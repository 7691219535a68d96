"""The subcommands of `kiosk`, one module each."""
