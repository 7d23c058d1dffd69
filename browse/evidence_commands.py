"""The commands of an evidence sheet: what a third person types to check it, with openssl, gzip or zstd, sqlite3 and a POSIX shell.

They run in the folder of the archive. Every value from the archive is quoted for the shell.
"""

from __future__ import annotations

from base64 import b64encode
from itertools import pairwise
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from pipelines.archive.merkle import WORDS_SQL

if TYPE_CHECKING:
    from pipelines.archive.records import Place
    from pipelines.archive.views.evidence import CaptureEvidence, Proof, VersionProof

CLIMB = """climb() {
  for step; do
    sibling() { printf %s "${step#?:}" | openssl base64 -d -A; }
    case $step in
      L:*) { printf '\\001'; sibling; cat node; } ;;
      R:*) { printf '\\001'; cat node; sibling; } ;;
    esac | openssl dgst -sha256 -binary > next && mv next node
  done
  od -An -v -tx1 node | tr -d ' \\n'; echo
}"""
"""Joins the hash in the file `node` with its siblings, one after the other, and shows what comes of it."""


class Check(NamedTuple):
    """Commands, what they show, and what must be in their output."""

    title: str
    commands: str
    expected: tuple[str, ...]


HELPER = Check("A helper for what follows: from a leaf to the root of its Merkle tree", CLIMB, ())


def check_capture(capture: CaptureEvidence) -> list[Check]:
    """Record, page, and the way from the record to the stamped manifest."""
    if capture.own is None or capture.parts is None:
        return []
    checks = [
        Check(
            "The record as it lies in its WARC file, and its SHA-256",
            f"{_cut(capture.own)} > record\nopenssl dgst -sha256 -r record",
            (capture.record_sha256,),
        )
    ]
    if capture.payload is not None and capture.payload_parts is not None and capture.sha256:
        record = "record"
        before = ""
        if capture.payload != capture.own:
            record = "first-record"
            before = f"{_cut(capture.payload)} > first-record\n"
        parts = capture.payload_parts
        cut = f"tail -c +{parts.payload_start + 1} {record} | head -c {parts.payload_length}"
        checks.append(
            Check(
                "The page within it, and its SHA-256",
                f"{before}{cut} | openssl dgst -sha256 -r",
                (capture.sha256,),
            )
        )
    if capture.proof is not None:
        first = "{ printf '\\000capture '; openssl dgst -sha256 -r record | head -c 64; } | openssl dgst -sha256 -binary > node"
        checks.append(_check_path("From the record", first, capture.proof))
    return checks


def check_version(archive: str, article_id: int, current: int, version: VersionProof) -> list[Check]:
    """The words of a version, and their way to the root."""
    table, where = ("articles", f"id = {article_id}")
    if version.number != current:
        table, where = "revisions", f"article_id = {article_id} AND number = {version.number}"
    sql = f"SELECT writefile('words', {WORDS_SQL.format(row='')}) FROM {table} WHERE {where}"  # noqa: S608 - it is printed, and has numbers alone
    words = f'sqlite3 -readonly {quote(archive)} "{sql}"'
    checks = [
        Check(
            f"Headline, intro and text of version {version.number} as stored, and their SHA-256",
            f"{words}\nopenssl dgst -sha256 -r words",
            (version.words_sha256,),
        )
    ]
    if version.proof is not None:
        head, rest = f"version {version.number} {version.seen_at} ", f"{version.content_hash} {version.url}"
        first = (
            f"{{ printf '\\000%s' {quote(head)}; openssl dgst -sha256 -r words | head -c 64;"
            f" printf ' %s' {quote(rest)}; }} | openssl dgst -sha256 -binary > node"
        )
        checks.append(_check_path(f"From the words of version {version.number}", first, version.proof))
    return checks


def check_manifest(proof: Proof) -> list[Check]:
    """That the manifest has the root, that others follow it, and the time stamp, by openssl alone."""
    checks = [
        Check(
            f"Manifest {proof.manifest.number} has this root, and its file this SHA-256",
            f"grep root {_path(proof.manifest.file)}\nopenssl dgst -sha256 -r {_path(proof.manifest.file)}",
            (proof.manifest.root, proof.manifest.sha256),
        )
    ]
    for before, after in pairwise(proof.chain):
        digest = f"$(openssl dgst -sha256 -r {_path(before.file)} | head -c 64)"
        checks.append(
            Check(
                f"Manifest {after.number} follows manifest {before.number}: it names the SHA-256 of its file",
                f'grep "{digest}" {_path(after.file)}',
                (before.sha256,),
            )
        )
    if proof.stamped is not None:
        token, body = _path(proof.stamped.token_file), _path(proof.stamped.file)
        checks += [
            Check(
                "The time that the authority states",
                f"openssl ts -reply -in {token} -text | grep 'Time stamp:'",
                ("Time stamp:",),
            ),
            Check(
                f"The stamp is of manifest {proof.stamped.number}, and signed under the authority's root certificate: ask the"
                " authority for it, and put it beside the archive as root.pem",
                f"openssl ts -verify -data {body} -in {token} -CAfile root.pem",
                ("Verification: OK",),
            ),
        ]
    return checks


def _check_path(start: str, first: str, proof: Proof) -> Check:
    """The hash of the leaf, joined with its siblings up to the root. A sibling is on the left (L) or right (R), in base 64."""
    steps = " \\\n  ".join(
        f"{'L' if step.left else 'R'}:{b64encode(step.hash).decode()}" for step in proof.path
    )
    climb = f"climb \\\n  {steps}" if steps else "climb"
    title = f"{start} to the root of manifest {proof.manifest.number}"
    return Check(title, f"{first}\n{climb}", (proof.manifest.root,))


def _cut(place: Place) -> str:
    """The record at a place, unpacked. A zstd frame needs the dictionary at its file's head, where there is one."""
    file = _path(place.warc_file)
    record = f"tail -c +{place.warc_offset + 1} {file} | head -c {place.warc_length}"
    if not place.warc_file.endswith(".zst"):
        return f"{record} | gzip -dc"
    return (
        f"size=$(od -An -tu4 -j4 -N4 {file} | tr -d ' ')\n"
        f"if head -c 4 {file} | od -An -tx1 | grep -q '5d 2a 4d 18'\n"
        f'then tail -c +9 {file} | head -c "$size" | zstd -dcq; fi > dictionary\n'
        f"{record} | zstd -dcq -D dictionary"
    )


def _path(file: str) -> str:
    """The file beside the archive, or a collection's file on this machine, for a shell."""
    return quote(unquote(urlsplit(file).path) if "://" in file else f"warc/{file}")
