"""Messages that only one browser can read: RFC 8291 over RFC 8188, and the key that names us: RFC 8292. Pure.

Written on `cryptography`, which is here anyway: the library for it calls out by itself, past the guarded client, and
brings two more HTTP clients.
"""

import base64
import hmac
import json
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

_CURVE = ec.SECP256R1()
_RECORD = 4096
#: what push services take at least; the rest of the record is the header and the mark of the cipher
MOST_BYTES = 3993
_POINT, _AUTH = 65, 16


@dataclass(frozen=True)
class Keys:
    """What a browser has given us to write to it: its public key, and a secret that both know."""

    public: bytes
    auth: bytes

    def __post_init__(self) -> None:
        """:raises ValueError: these can't be any."""
        if len(self.public) != _POINT or len(self.auth) != _AUTH:
            raise ValueError("wrong length")
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, self.public)


def to_text(raw: bytes) -> str:
    """Base64 as web addresses have it, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """:raises ValueError: it is no base64."""
    return base64.b64decode(text.rstrip("=").translate(str.maketrans("-_", "+/")) + "=" * (-len(text.rstrip("=")) % 4))


def new_private() -> str:
    """A new key pair, as text to be kept secret."""
    key = ec.generate_private_key(_CURVE)
    return to_text(key.private_numbers().private_value.to_bytes(32, "big"))


def read_private(text: str) -> ec.EllipticCurvePrivateKey:
    """The key pair that the text stands for."""
    return ec.derive_private_key(int.from_bytes(from_text(text), "big"), _CURVE)


def public_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public half, as a point."""
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def seal_for(
    keys: Keys, message: bytes, *, salt: bytes = b"", sender: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """Encrypt a message for one browser, each with a key and a salt of its own (given only by tests).

    :raises ValueError: it is too long.
    """
    if len(message) > MOST_BYTES:
        raise ValueError("too long")
    salt, own = salt or os.urandom(16), sender or ec.generate_private_key(_CURVE)
    mine = public_of(own)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, keys.public))
    first = HKDF(hashes.SHA256(), 32, salt=keys.auth, info=b"WebPush: info\0" + keys.public + mine).derive(shared)
    secret = hmac.new(salt, first, "sha256").digest()
    key = HKDFExpand(hashes.SHA256(), 16, info=b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDFExpand(hashes.SHA256(), 12, info=b"Content-Encoding: nonce\0").derive(secret)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine
    return header + AESGCM(key).encrypt(nonce, message + b"\x02", None)


def authorization(private: str, *, audience: str, subject: str, until: int) -> str:
    """The header by which a push service knows that it is us: a short-lived token, signed."""
    key = read_private(private)
    claims = {"aud": audience, "exp": until, "sub": subject}
    parts = [to_text(json.dumps(each).encode()) for each in ({"typ": "JWT", "alg": "ES256"}, claims)]
    r, s = decode_dss_signature(key.sign(".".join(parts).encode(), ec.ECDSA(hashes.SHA256())))
    parts.append(to_text(r.to_bytes(32, "big") + s.to_bytes(32, "big")))
    return f"vapid t={'.'.join(parts)}, k={to_text(public_of(key))}"
