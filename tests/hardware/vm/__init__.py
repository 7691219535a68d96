"""A guest with Debian's kernel, whose uinput, serial gadget, vivid and softdog stand for real devices.

`make vm-test` runs `guest_tests` in it: the kiosk's own drivers over the kernel's own evdev, ttyACM and V4L2.
"""
