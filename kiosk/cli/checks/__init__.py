"""What `kiosk doctor` looks at, one module for each kind of part."""
