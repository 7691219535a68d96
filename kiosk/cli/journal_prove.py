"""`kiosk journal prove` and `check`: one entry, or one log as the beginning of another, for somebody outside.

A proof is a JSON object. Who checks it needs the device's public key and
nothing else of the journal:

    {"kind": "inclusion", "seq", "envelope", "data", "salt", "size", "path": [base64, …], "tree_head": note}
    {"kind": "consistency", "first", "first_root", "size", "path": [base64, …], "tree_head": note}
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from pathlib import Path
from typing import Any

from kiosk.cli.journal_keys import device_key_of
from kiosk.cli.journal_verify import JOURNAL_FILE, public_key, root_text
from kiosk.journal.envelope import canonical, data_hash
from kiosk.journal.errors import JournalError
from kiosk.journal.log_id import log_id
from kiosk.journal.merkle import MerkleError, leaf_hash
from kiosk.journal.proofs import is_consistent, is_included
from kiosk.journal.reader import JournalReader
from kiosk.journal.tree_head import TreeHead, open_note, read_unverified, sign

MAX_PROOF_BYTES = 1_048_576


class ProofRefused(JournalError):
    """Nothing can be proven of that, or a proof does not hold."""


def add_parsers(actions: Any) -> None:
    proving = actions.add_parser("prove", help="prove an entry, or that a log was only added to, as JSON")
    proving.add_argument("seq", type=int, nargs="?", help="the entry's number")
    proving.add_argument("--since", type=int, metavar="SIZE", help="prove that the first SIZE are the same")
    proving.add_argument("--state", type=Path, required=True, help="the kiosk's state folder")
    checking = actions.add_parser("check", help="check a proof with the device's public key alone")
    checking.add_argument("proof", type=Path, help="what kiosk journal prove has printed")
    checking.add_argument("--device-key", type=public_key, required=True, metavar="BASE64")


def prove(arguments: argparse.Namespace) -> int:
    if (arguments.seq is None) == (arguments.since is None):
        raise ProofRefused("name either an entry's number or --since SIZE.")
    with JournalReader(arguments.state / JOURNAL_FILE) as reader:
        try:
            if arguments.seq is not None:
                proof = _inclusion(reader, arguments.seq, arguments.state)
            else:
                proof = _consistency(reader, arguments.since, arguments.state)
        except MerkleError as error:
            raise ProofRefused(f"{reader.path}: {error}.") from error
    sys.stdout.write(json.dumps(proof, ensure_ascii=False) + "\n")
    return 0


def _inclusion(reader: JournalReader, seq: int, state: Path) -> dict[str, object]:
    note, size = _signed(reader, seq + 1, state)
    path = reader.inclusion_proof(seq, size)
    (entry,) = reader.stored(seq, 1)
    return {
        "kind": "inclusion",
        "seq": seq,
        "envelope": json.loads(entry.envelope),
        "data": json.loads(entry.data) if entry.data else None,
        "salt": base64.b64encode(entry.salt).decode() if entry.data else None,
        "size": size,
        "path": [root_text(each) for each in path],
        "tree_head": note,
    }


def _consistency(reader: JournalReader, first: int, state: Path) -> dict[str, object]:
    note, size = _signed(reader, max(first, 1), state)
    return {
        "kind": "consistency",
        "first": first,
        "first_root": root_text(reader.root_at(first)) if first > 0 else None,
        "size": size,
        "path": [root_text(each) for each in reader.consistency_proof(first, size)],
        "tree_head": note,
    }


def _signed(reader: JournalReader, size: int, state: Path) -> tuple[str, int]:
    """A signed tree head over at least `size` entries: one that is kept, or signed now."""
    have = reader.size
    if not 0 < size <= have:
        raise ProofRefused(f"{reader.path}: holds {have} entries, and not {size}.")
    kept = reader.tree_head_covering(size)
    head = read_unverified(kept) if kept is not None else None
    if kept is not None and head is not None:
        return kept, head.size
    key = device_key_of(state)
    if key is None:
        raise ProofRefused(
            f"{reader.path}: no tree head is signed for {size} entries yet, and the device's key cannot be "
            "read; run as the user of the gatekeeper."
        )
    return sign(TreeHead(log_id(*reader.owner), have, reader.root_at(have)), key), have


def check(arguments: argparse.Namespace) -> int:
    try:
        with arguments.proof.open("rb") as file:
            proof = json.loads(file.read(MAX_PROOF_BYTES))
        head = open_note(proof["tree_head"], arguments.device_key)
        path = [base64.b64decode(each, validate=True) for each in proof["path"]]
        kinds = {"inclusion": _check_inclusion, "consistency": _check_consistency}
        said = kinds[proof["kind"]](proof, path, head)
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        sys.stdout.write(f"The proof does NOT hold: {error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def _check_inclusion(proof: dict[str, Any], path: list[bytes], head: TreeHead) -> str:
    envelope = proof["envelope"]
    if envelope["id"] != str(proof["seq"]) or envelope["source"] != head.origin:
        raise ProofRefused("the envelope is that of another entry.")
    if not is_included(proof["seq"], head.size, leaf_hash(canonical(envelope)), path, head.root):
        raise ProofRefused("the entry is not in the log of that tree head.")
    said = f"Entry {proof['seq']} is in the log {head.device_id!r} of {head.size} entries"
    if proof["salt"] is None:
        return f"{said}; its data has been deleted."
    salt = base64.b64decode(proof["salt"], validate=True)
    if envelope["datahash"] != data_hash(salt, canonical(proof["data"])):
        raise ProofRefused("the data is not that of the envelope.")
    return f"{said}, with this data."


def _check_consistency(proof: dict[str, Any], path: list[bytes], head: TreeHead) -> str:
    first_root = base64.b64decode(proof["first_root"], validate=True)
    if not is_consistent(proof["first"], head.size, first_root, head.root, path):
        raise ProofRefused("the first log is not the beginning of the second.")
    return (
        f"The log {head.device_id!r} of {proof['first']} entries under root {proof['first_root']} is the "
        f"beginning of that of {head.size}."
    )
