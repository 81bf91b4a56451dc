#!/usr/bin/env python3
"""Checks one .proof file with Python's standard library alone (protocol/9-rule-r.md §4) and says what it establishes.

Run: python3 vectors/verify/verify_proof.py FILE
Prints shape, station, fault and the signed times, and exits 0; or prints why it proves nothing, and exits 1. A proof that a restoration may excuse
is to be held against the incidents that the station has logged.
"""
import base64
import datetime
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evidence  # noqa: E402


def moment(ms):
    if ms is None:
        return "none"
    try:
        return f"{ms} ({datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc):%Y-%m-%d %H:%M:%S} UTC)"
    except (OverflowError, ValueError, OSError):
        return str(ms)


def main(arguments):
    if len(arguments) != 1:
        print("usage: verify_proof.py FILE", file=sys.stderr)
        return 2
    try:
        verdict = evidence.verify_bundle(pathlib.Path(arguments[0]).read_bytes())
    except evidence.Refused as refused:
        print(f"proves nothing: {refused}")
        return 1
    station = base64.b32encode(bytes.fromhex(verdict["station"])).decode().lower().rstrip("=")
    print(f"shape     {verdict['shape']}")
    print(f"station   {station}")
    print(f"fault     {verdict['fault']}")
    print(f"since     {moment(verdict['sinceMs'])}")
    print(f"until     {moment(verdict['untilMs'])}")
    print(f"excusable {'yes' if verdict['excusable'] else 'no'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
