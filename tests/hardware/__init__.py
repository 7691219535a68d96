"""Checks that need devices: on a kernel in a virtual machine (`vm`), and by hand on a Pi (README.md)."""
