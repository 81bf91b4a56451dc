#!/usr/bin/env python3
"""Checks vectors/evidence/*.json with the second verifier (evidence.py), written from protocol/9-rule-r.md.

Python 3 standard library only. Prints the number of cases; exit code 1 and a line for each difference.
Run: python3 vectors/verify/check_evidence.py
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evidence  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "evidence"


def hexed(value):
    return value.hex() if isinstance(value, bytes) else value


def word(case):
    one = evidence.open_word(case["kind"], bytes.fromhex(case["bytes"]))
    out = {"signer": one["signer"], "log": one.get("log")}
    if case["kind"] == "manifest":
        out.update(reader=one["reader"], timeMs=one["time"], size=one["size"], root=one["root"], first=one["first"])
        out.update(ack=one["ack"], tombstones=[list(place) for place in one["tombstones"]])
        out.update(items=[[status, leaf.hex()] for status, leaf in one["items"]])
    elif case["kind"] == "reader":
        out.update(reader=one["reader"], timeMs=one["time"])
        out["from"] = one["from"]
    elif case["kind"] == "identity":
        out.update(identity=one["identity"], opCount=one["count"], commitment=one["commitment"], timeMs=one["time"])
    else:
        out.update(station=one["station"], upTo=one["upTo"])
    return {name: hexed(value) for name, value in out.items() if value is not None}


def claim(case):
    station = bytes.fromhex(case["station"])
    data = evidence.map_claim(bytes.fromhex(case["bytes"]))
    if case["kind"] == "head":
        opened = evidence.open_head(data, bytes.fromhex(case["subject"]), station)
    else:
        opened = evidence.open_identity(data, bytes.fromhex(case["subject"]), station)
    value = opened["value"]
    return {
        "epoch": opened["epoch"]["number"],
        "timeMs": opened["epoch"]["time"],
        "isWhole": opened["epoch"]["isWhole"],
        "index": opened["index"],
        "ledgerSize": opened["size"],
        "generation": opened["generation"],
        "value": None if value is None else [value[0], value[1].hex()],
    }


def challenge(case):
    data = bytes.fromhex(case["bytes"])
    one, value, time = evidence.check_challenge(data)
    digest = evidence.sha256(b"chapar challenge v1", data).hex()
    return {"kind": one["kind"], "index": one["index"], "basis": [value[0], value[1].hex()], "basisMs": time, "hash": digest}


def answer(case):
    return {"kind": evidence.check_answer(bytes.fromhex(case["challenge"]), bytes.fromhex(case["bytes"]))}


def bundle(case):
    return evidence.verify_bundle(bytes.fromhex(case["bytes"]))


def main():
    checks = {
        "words.json": word,
        "claims.json": claim,
        "challenges.json": challenge,
        "answers.json": answer,
        "bundles.json": bundle,
    }
    faults = count = 0
    for name, check in checks.items():
        for case in json.loads((FOLDER / name).read_text())["cases"]:
            count += 1
            try:
                got = {"out": check(case["in"])}
            except evidence.Refused as refused:
                got = {"error": str(refused)}
            wanted = {key: case[key] for key in ("out", "error") if key in case}
            if got != wanted:
                faults += 1
                print(f"{name} {case['id']} ({case['note']}): wanted {wanted}, got {got}")
    print(f"check_evidence: {count} cases, {faults} differences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
