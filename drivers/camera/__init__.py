"""Cameras: `open()`, `latest()`, `close()`.

`latest()` never waits, and gives the newest frame only, once. A frame is stamped when it is captured, not
when it is taken, so its age is known. A camera that went away raises DeviceUnavailable, one that hangs
DeviceStalled; either may be opened again. Names:

- `/dev/video0`: a USB camera by V4L2
- `picamera:0`: a ribbon camera by picamera2, which OpenCV cannot open
- `folder:PATH`: the images in a folder, in turn, over and over
- `file:PATH`: one image, or a film at its own pace, over and over
- `mjpeg:PATH`: motion JPEG from a FIFO or a Unix socket
- `scheme:rest`: a camera registered under the entry point group `checkpoint.cameras`
"""

from drivers.camera.frame import ENTRY_POINTS, HEIGHT_PX, STALL_S, WIDTH_PX, Camera, Frame, Grey
from drivers.camera.names import left_to_itself, open_camera

__all__ = [
    "ENTRY_POINTS",
    "HEIGHT_PX",
    "STALL_S",
    "WIDTH_PX",
    "Camera",
    "Frame",
    "Grey",
    "left_to_itself",
    "open_camera",
]
