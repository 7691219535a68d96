from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.journal.signed_note import NoteError, open_note_text, sign_note
from kiosk.journal.tree_head import TreeHead, TreeHeadError, open_note, sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HEAD = TreeHead("kiosk-7", 20852163, bytes(range(32)))

# The example in the documentation of golang.org/x/mod/sumdb/note, an independent implementation.
GO_NAME = "PeterNeumann"
GO_KEY = Ed25519PublicKey.from_public_bytes(
    base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
)
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = GO_TEXT + (
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy"
    "BwJnAM=\n"
)


def signed(text: str) -> str:
    return sign_note(text, text.split("\n")[0], KEY)


def test_a_note_of_another_implementation_opens() -> None:
    assert open_note_text(GO_NOTE, GO_NAME, GO_KEY) == GO_TEXT


def test_a_signed_head_opens_to_itself_and_reads_as_the_standard_says() -> None:
    note = sign(HEAD, KEY)
    assert open_note(note, KEY.public_key()) == HEAD
    assert note.split("\n")[:4] == [
        "checkpoint-kiosk/kiosk-7",
        "20852163",
        base64.b64encode(HEAD.root).decode(),
        "",
    ]
    assert note.split("\n")[4].startswith("— checkpoint-kiosk/kiosk-7 ")


def test_a_note_cosigned_by_an_unknown_key_still_opens() -> None:
    note = sign(HEAD, KEY) + "— witness.example/w1 " + base64.b64encode(b"abcd" + b"x" * 64).decode() + "\n"
    assert open_note(note, KEY.public_key()) == HEAD


def test_the_key_of_another_device_does_not_open_it() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    with pytest.raises(TreeHeadError, match="not signed by"):
        open_note(sign(HEAD, KEY), other.public_key())


def test_every_changed_character_of_the_text_is_refused() -> None:
    note = sign(HEAD, KEY)
    for at in range(note.index("\n\n")):
        changed = note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :]
        with pytest.raises(TreeHeadError):
            open_note(changed, KEY.public_key())


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"checkpoint-kiosk/k\n01\n{ROOT}\n",
        f"checkpoint-kiosk/k\n-1\n{ROOT}\n",
        f"checkpoint-kiosk/k\n9999999999999999999\n{ROOT}\n",
        f"checkpoint-kiosk/k\n1\n{ROOT}\nextension\n",
        f"checkpoint-kiosk/k\n1\n{ROOT[:-2]}B=\n",
        f"another-log/k\n1\n{ROOT}\n",
        "checkpoint-kiosk/k\n1\n",
    ],
)
def test_a_signed_text_that_is_no_tree_head_is_refused(text: str) -> None:
    with pytest.raises(TreeHeadError):
        open_note(signed(text), KEY.public_key())


@pytest.mark.parametrize(
    "note", ["", "\n", "\n\n", "a\n\nb\n", "a\n\n— n !!!\n", "a\tb\n\n— n eHh4eHg=\n", "x" * 20_000, "\ud800"]
)
def test_text_that_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, KEY.public_key())


@pytest.mark.parametrize(
    "head",
    [
        TreeHead("a b", 0, bytes(32)),
        TreeHead("a", -1, bytes(32)),
        TreeHead("a", 0, b""),
        TreeHead("a\nb", 0, bytes(32)),
    ],
)
def test_a_head_that_cannot_be_written_down_is_not_signed(head: TreeHead) -> None:
    with pytest.raises(TreeHeadError):
        sign(head, KEY)
