"""What a hub's TUF targets say, as files and as a `TrustBundle`.

| target                          | holds                                                              |
|---------------------------------|--------------------------------------------------------------------|
| `keys.json`                     | `{"keys": [JWK, …]}`, as `kiosk.trust.jwk` says                    |
| `policy.json`                   | the policy, as `kiosk.credentials.policy` says; may be absent      |
| `tracing.json`                  | `{"key": base64}`: the HPKE key (X25519); may be absent            |
| `revocations/KID/NNN.bits`      | shard NNN of the bitmap of the issuer key KID (hex)                |
| `revocations/hashes/D.bin`      | the revoked hashes of 16 bytes whose first hex digit is D, sorted  |

Bitmap and hash are as `kiosk.credentials.revocation` says. A shard has
`SHARD_BYTES`, so a pass that is taken back changes one file of 8 KiB. The
shards of a key follow each other from 000 on; a gap condemns the list. What
has another name is passed over: a later kiosk may know it.
"""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.policy import Policy, parse
from kiosk.credentials.revocation import HASH_BYTES, Revocations
from kiosk.trust import strict_json
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import jwk_from_issuer_key, keys_from_jwks

KEYS, POLICY, TRACING = "keys.json", "policy.json", "tracing.json"
SHARD_BYTES = 8192
SHARD_INDICES = 8 * SHARD_BYTES
MAX_KEYS = 1000
MAX_TARGET_BYTES = 700_000
"""In base64 and with what stands around it, still a line that gatekeeper's desk reads."""
TRACING_KEY_BYTES = 32
_BITS = re.compile(r"revocations/([0-9a-f]{8}|[0-9a-f]{16})/([0-9]{3})\.bits")
_HASHES = re.compile(r"revocations/hashes/([0-9a-f])\.bin")


def is_known(path: str) -> bool:
    """Whether this kiosk reads the target of this name."""
    known = path in (KEYS, POLICY, TRACING)
    return known or _BITS.fullmatch(path) is not None or _HASHES.fullmatch(path) is not None


def files_of(
    keys: Iterable[IssuerKey],
    revocations: Revocations,
    *,
    policy: Mapping[str, object] | None = None,
    tracing_key: bytes | None = None,
) -> dict[str, bytes]:
    """The targets by name. The bitmaps must be of whole shards."""
    files = {KEYS: _json({"keys": [jwk_from_issuer_key(key) for key in keys]})}
    if policy is not None:
        files[POLICY] = _json(policy)
    if tracing_key is not None:
        files[TRACING] = _json({"key": base64.b64encode(tracing_key).decode()})
    for kid, bits in revocations.bitmaps.items():
        for number, start in enumerate(range(0, len(bits), SHARD_BYTES)):
            files[f"revocations/{kid.hex()}/{number:03}.bits"] = bits[start : start + SHARD_BYTES]
    shards: defaultdict[str, bytes] = defaultdict(bytes)
    for each in sorted(revocations.hashes):
        shards[each.hex()[0]] += each
    return files | {f"revocations/hashes/{digit}.bin": data for digit, data in shards.items()}


def bundle_of(
    files: Mapping[str, bytes], version: int, *, issued_at: datetime | None, fresh_until: datetime
) -> TrustBundle:
    """What the targets say. Raises TrustError with the name of the one that is wrong."""
    return TrustBundle(
        version,
        _keys(files),
        issued_at,
        fresh_until,
        _policy(files),
        Revocations(_bitmaps(files), _hashes(files)),
        _tracing_key(files),
    )


def _json(document: object) -> bytes:
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"


def _keys(files: Mapping[str, bytes]) -> dict[bytes, IssuerKey]:
    jwks = _object(files, KEYS).get("keys")
    if not isinstance(jwks, list) or len(jwks) > MAX_KEYS:
        raise TrustError(f"{KEYS}: there is no list of at most {MAX_KEYS} keys")
    try:
        return keys_from_jwks(jwks)
    except TrustError as error:
        raise TrustError(f"{KEYS}: {error}") from error


def _policy(files: Mapping[str, bytes]) -> Policy:
    try:
        return parse(_object(files, POLICY)) if POLICY in files else Policy()
    except CredentialError as error:
        raise TrustError(f"{POLICY}: {error}") from error


def _tracing_key(files: Mapping[str, bytes]) -> bytes | None:
    if TRACING not in files:
        return None
    text = _object(files, TRACING).get("key")
    try:
        key = base64.b64decode(text if isinstance(text, str) else "?", validate=True)
    except ValueError as error:
        raise TrustError(f"{TRACING}: the key is not base64") from error
    if len(key) != TRACING_KEY_BYTES:
        raise TrustError(f"{TRACING}: the key has no {TRACING_KEY_BYTES} bytes")
    return key


def _bitmaps(files: Mapping[str, bytes]) -> dict[bytes, bytes]:
    shards: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
    for path, data in files.items():
        if match := _BITS.fullmatch(path):
            if len(data) != SHARD_BYTES:
                raise TrustError(f"{path}: has {len(data)} bytes; a shard has {SHARD_BYTES}")
            shards[match[1]][int(match[2])] = data
    for kid, parts in shards.items():
        if sorted(parts) != list(range(len(parts))):
            raise TrustError(f"revocations/{kid}: a shard is missing")
    return {bytes.fromhex(kid): b"".join(parts[n] for n in sorted(parts)) for kid, parts in shards.items()}


def _hashes(files: Mapping[str, bytes]) -> frozenset[bytes]:
    found: set[bytes] = set()
    for path, data in files.items():
        if not (match := _HASHES.fullmatch(path)):
            continue
        listed = [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]
        if len(data) % HASH_BYTES or any(each.hex()[0] != match[1] for each in listed):
            raise TrustError(f"{path}: is not a list of hashes that begin with {match[1]}")
        found.update(listed)
    return frozenset(found)


def _object(files: Mapping[str, bytes], path: str) -> Mapping[str, object]:
    if path not in files:
        raise TrustError(f"{path}: is missing")
    try:
        document = strict_json.loads(files[path], max_characters=MAX_TARGET_BYTES)
    except strict_json.JsonError as error:
        raise TrustError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise TrustError(f"{path}: is not a JSON object")
    return document
