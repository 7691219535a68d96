"""Root metadata: made once, signed by two of three people's keys, changed by two of three again.

A root key is a PEM file that its holder keeps away from the hub; it is here
only while `create` or `sign` runs. A change is prepared as `pending.json` and
comes into force with the signature that completes it, by the keys of the root
before and by its own (5.3.4). `kiosk-hub trust` is how people come here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from hub import keys
from hub.errors import HubError, StateError
from hub.trust.repository import ONLINE_ROLES, Repository, expiry

ROOT_KEYS = 3
THRESHOLD = 2


def create(repository: Repository, key_files: Sequence[Path], now: datetime) -> Path:
    """The first root, with three new keys in three new files; gives its path. Raises HubError."""
    if len({path.resolve() for path in key_files}) != ROOT_KEYS:
        raise HubError(f"the root has {ROOT_KEYS} keys, in {ROOT_KEYS} files, for as many people")
    with repository.locked():
        if repository.exists:
            raise HubError(f"{repository.folder}: is a trust repository already; its root can be rotated")
        signers = [CryptoSigner(keys.new(path)) for path in key_files]
        root = Root(1, None, expiry(Root.type, now), consistent_snapshot=True)
        root.roles[Root.type].threshold = THRESHOLD
        for signer in signers:
            root.add_key(signer.public_key, Root.type)
        for role in ONLINE_ROLES:
            signer = CryptoSigner(keys.new(repository.key_path(role)))
            root.add_key(signer.public_key, role)
        metadata = Metadata(root)
        for signer in signers:
            metadata.sign(signer, append=True)
        repository.put_root(metadata)
        return repository.root_path


def rotate(
    repository: Repository, now: datetime, *, replace: Mapping[str, Path], online: Sequence[str] = ()
) -> Path:
    """Prepare the next root: a year from now on, with other keys where that is asked for.

    `replace` gives, by the id of a root key, the file for a new key in its place. `online` are the roles
    that get a new key. Gives the path of what is to be signed. Raises HubError.
    """
    with repository.locked():
        pending = _pending(repository)
        if pending.exists():
            raise HubError(f"{pending}: waits to be signed; sign it, or remove it")
        root = repository.root().signed
        for old in replace:
            if old not in root.roles[Root.type].keyids:
                raise HubError(f"{old}: is the id of no root key; see: kiosk-hub trust show")
        root.version += 1
        root.expires = expiry(Root.type, now)
        for old, path in replace.items():
            root.revoke_key(old, Root.type)
            root.add_key(CryptoSigner(keys.new(path)).public_key, Root.type)
        for role in online:
            path = _next_key_path(repository, role)
            path.unlink(missing_ok=True)  # of a change that was given up
            signer = CryptoSigner(keys.new(path))
            for old in tuple(root.roles[role].keyids):
                root.revoke_key(old, role)
            root.add_key(signer.public_key, role)
        repository.write(pending, Metadata(root).to_bytes())
        return pending


def sign(repository: Repository, key_file: Path) -> int | None:
    """Add a root key's signature to the pending root.

    Gives its version when it is complete, and so in force; None while signatures are missing. The hub's own
    metadata must then be published anew. Raises HubError.
    """
    signer = CryptoSigner(keys.existing(key_file))
    with repository.locked():
        path = _pending(repository)
        metadata, before = _read(path), repository.root().signed
        holders = {*before.roles[Root.type].keyids, *metadata.signed.roles[Root.type].keyids}
        if signer.public_key.keyid not in holders:
            raise HubError(f"{key_file}: is none of the root's keys, neither of the old nor of the new ones")
        metadata.sign(signer, append=True)
        repository.write(path, metadata.to_bytes())
        if not _is_complete(metadata, before):
            return None
        for role in ONLINE_ROLES:
            if (fresh := _next_key_path(repository, role)).exists():
                fresh.replace(repository.key_path(role))
        repository.put_root(metadata)
        path.unlink()
        return metadata.signed.version


def signers_of_pending(repository: Repository) -> list[str] | None:
    """The ids of the keys that have signed the pending root; None where none is pending."""
    path = _pending(repository)
    return sorted(_read(path).signatures) if path.exists() else None


def _is_complete(metadata: Metadata[Root], before: Root) -> bool:
    result = metadata.signed.get_root_verification_result(before, metadata.signed_bytes, metadata.signatures)
    return bool(result)


def _pending(repository: Repository) -> Path:
    return repository.folder / "pending.json"


def _next_key_path(repository: Repository, role: str) -> Path:
    return repository.key_path(f"next-{role}")


def _read(path: Path) -> Metadata[Root]:
    try:
        return Metadata[Root].from_bytes(path.read_bytes())
    except FileNotFoundError as error:
        raise HubError("no root waits to be signed; prepare one with: kiosk-hub trust rotate-root") from error
    except (OSError, RepositoryError) as error:
        raise StateError(f"{path}: can't be read: {error}; remove it, and prepare the root anew") from error
