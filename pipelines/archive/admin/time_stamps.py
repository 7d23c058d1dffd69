"""Time stamps of manifests by an authority (RFC 3161): the question, its answer, and checking an answer without a network.

What is stamped is a manifest as its file has it: its root, and by its chain all before it. rfc3161-client is an extra and
is loaded in the functions.
"""

from __future__ import annotations

import contextlib
import hashlib
import ssl
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.admin.manifests import read_heads
from pipelines.archive.errors import ArchiveError
from pipelines.archive.manifest_files import write_files
from pipelines.archive.sql import update
from pipelines.archive.warc.reader import folder_of
from pipelines.timestamps import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

    from pipelines.archive.database import Archive

EXTRA = "clippings-archive[evidence]"
NO_LIBRARY = f"the library for time stamps is not installed: pip install '{EXTRA}'"


class TimeStampError(Exception):
    """An answer of an authority that is no stamp of what was asked; the message says why."""


class UnknownAuthorityError(TimeStampError):
    """The answer is signed by somebody whose certificate leads to none of the roots."""


class TimeStamp(NamedTuple):
    """When an authority saw a manifest (ISO 8601), and the name on its certificate."""

    at: str
    authority: str


class Question(NamedTuple):
    """A request to an authority in DER, and the number that its answer must repeat."""

    der: bytes
    nonce: int | None


def has_library() -> bool:
    """Whether the extra is installed."""
    return find_spec("rfc3161_client") is not None


def ask(body: bytes) -> Question:
    """The request for a stamp of a manifest's body."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    builder = TimestampRequestBuilder().data(body).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    return Question(request.as_bytes(), request.nonce)


def read_roots(file: str) -> list[Certificate]:
    """The certificates of a PEM file, or for "" those that this machine trusts. Raises `ArchiveError`."""
    from cryptography import x509

    if file:
        try:
            return x509.load_pem_x509_certificates(Path(file).read_bytes())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it has no certificate in PEM"
            raise ArchiveError(
                f"{file} cannot be read as a certificate: {reason}. [evidence] certificate names it."
            ) from error
    roots = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few old roots have serial numbers that are no longer allowed
        for der in ssl.create_default_context().get_ca_certs(binary_form=True):
            with contextlib.suppress(ValueError):
                roots.append(x509.load_der_x509_certificate(der))
    return roots


def read_answer(
    token: bytes, body: bytes, roots: Sequence[Certificate], nonce: int | None = None
) -> TimeStamp:
    """What an answer says. Raises `TimeStampError` unless it is a stamp of `body`, signed by one whom the roots vouch for."""
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    stamp = describe(token)
    try:
        verifier = VerifierBuilder(roots=list(roots), nonce=nonce).build()
        verifier.verify_message(decode_timestamp_response(token), body)
    except (VerificationError, ValueError) as error:
        text = str(error)
        if not roots or "certificate verify error" in text or "at least one root" in text:
            raise UnknownAuthorityError(
                f"it is signed by {stamp.authority}, whom no root certificate vouches for"
            ) from error
        reason = "it is of something else" if "mismatch" in text.lower() else "its signature is wrong"
        raise TimeStampError(reason) from error
    return stamp


def describe(token: bytes) -> TimeStamp:
    """What a stamp says, checked by nothing. Raises `TimeStampError`."""
    from rfc3161_client import decode_timestamp_response

    try:
        answer = decode_timestamp_response(token)
        if answer.status != 0:
            why = "; ".join(answer.status_string) or f"status {answer.status}"
            raise TimeStampError(f"the authority gave no stamp ({why})")
        return TimeStamp(iso(answer.tst_info.gen_time), _signer(answer))
    except ValueError as error:
        raise TimeStampError("its answer is no time stamp") from error


def names_body(token: bytes, body: bytes) -> bool:
    """Whether a stamp is of `body`, whoever signed it."""
    from rfc3161_client import decode_timestamp_response

    try:
        return (
            decode_timestamp_response(token).tst_info.message_imprint.message == hashlib.sha256(body).digest()
        )
    except ValueError:
        return False


def _signer(answer: TimeStampResponse) -> str:
    """The name on the certificate that the answer is signed with."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    for der in answer.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(der)
        for signer in answer.signed_data.signer_infos:
            if certificate.serial_number == signer.serial_number and certificate.issuer == signer.issuer:
                names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
                return str(names[0].value) if names else certificate.subject.rfc4514_string()
    return "an unnamed authority"


# --- the table


class UnstampedManifest(NamedTuple):
    """The newest manifest, which has no stamp."""

    id: int
    body: bytes


def find_unstamped(archive: Archive) -> UnstampedManifest | None:
    """The last manifest of the chain if it has no stamp; its stamp holds for all before it."""
    heads = read_heads(archive.db)
    if not heads:
        return None
    body, token = archive.db.execute(
        "SELECT body, token FROM manifests WHERE id = ?", [heads[-1].id]
    ).fetchone()
    return UnstampedManifest(heads[-1].id, body.encode()) if token is None else None


def save_stamp(archive: Archive, manifest_id: int, token: bytes, stamp: TimeStamp) -> None:
    """Keep an authority's answer in the table, and beside the manifest's file. Raises `ArchiveError`."""
    with archive.errors():
        with archive.db.atomic():
            values = {"stamped_at": stamp.at, "authority": stamp.authority, "token": token}
            update(archive.db, "manifests", manifest_id, values)
        write_files(archive.db.conn, folder_of(archive.path))
