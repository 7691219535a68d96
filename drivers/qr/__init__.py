"""Codes in a grey picture: zxing-cpp on every one, and on a miss one further attempt, each time another.

- `code`: what a decoder hands over, and the rules that hold for all of them
- `zxing`, `zbar`: the two decoders, each behind a fence
- `stages`: the further attempts
- `decoder`: `QrDecoder`, for a camera's frames, one after the other
- `sighting`: a code that is seen and not read: how near, how sharp, how bright
- `thorough`: everything that can be tried on one picture that does not move

`python -m drivers.qr [--fast] IMAGE…` prints one JSON line per image: file, texts, decoder, ms.
"""

from drivers.qr.code import MAX_PAYLOAD_BYTES, Decoded, Grey, Quad
from drivers.qr.decoder import QrDecoder, use_one_thread

__all__ = ["MAX_PAYLOAD_BYTES", "Decoded", "Grey", "QrDecoder", "Quad", "use_one_thread"]
