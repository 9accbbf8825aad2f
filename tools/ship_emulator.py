"""Gives a trained emulator the name and the sentence under which it ships, and takes the folders of its maker out.

    python tools/ship_emulator.py FILE.ism models/NAME.ism --summary "one sentence" [--hide FOLDER=WORD]

Weights, scales, ranges and the error table stay byte for byte; only text in the header changes, and with it its checksum.
"""
import argparse
import hashlib
import json
import pathlib
import struct


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8:8 + length]), data[8 + length:]


def dump(header):
    return json.dumps(header, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def with_checksum(header):
    """The header with `sha256_header`, the SHA-256 of the header without it."""
    metadata = {key: value for key, value in header["__metadata__"].items() if key != "sha256_header"}
    bare = {**header, "__metadata__": metadata}
    metadata["sha256_header"] = hashlib.sha256(dump(bare)).hexdigest()
    return {**header, "__metadata__": metadata}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--summary", required=True)
    parser.add_argument("--hide", action="append", default=[], metavar="FOLDER=WORD")
    arguments = parser.parse_args()
    header, tensors = read(arguments.source)
    if with_checksum(header) != header:
        parser.error(f"{arguments.source}: the checksum of its header does not fit")
    metadata = header["__metadata__"]
    model = json.loads(metadata["model"])
    model["name"], model["summary"] = arguments.target.stem, arguments.summary
    metadata["model"] = dump(model).decode()
    for folder, word in (item.rsplit("=", 1) for item in arguments.hide):
        metadata["provenance"] = metadata["provenance"].replace(folder, word)
    text = dump(with_checksum(header))
    arguments.target.write_bytes(struct.pack("<Q", len(text)) + text + tensors)


if __name__ == "__main__":
    main()
