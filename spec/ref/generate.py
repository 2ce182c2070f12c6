#!/usr/bin/env python3
"""Writes spec/vectors from the reference: python3 spec/ref/generate.py [name …]

With --check it writes nothing, compares byte for byte, names each file that
differs with the first path at which it does, and ends with a status of 1.

Every file is the value of make() in spec/ref/gen/<name>.py. The same sources
give the same bytes on every machine: no clock, no randomness, no input but the
sources. What must look random is SHA-256 of a label.
"""

import importlib
import json
import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"


def names():
    """The vector files' names; a module's underscore is a file's hyphen."""
    return sorted(p.stem.replace("_", "-") for p in (HERE / "gen").glob("*.py") if p.stem != "__init__")


def make(name):
    return importlib.import_module("gen." + name.replace("-", "_")).make()


def text(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def difference(file, reference, path="$"):
    """The first path at which two JSON values differ, or None."""
    if type(file) is not type(reference):
        return f"{path}: file {file!r}, reference {reference!r}"
    if isinstance(file, dict):
        if list(file) != list(reference):
            return f"{path}: file has {list(file)}, reference {list(reference)}"
        pairs = [(f"{path}.{k}", file[k], reference[k]) for k in file]
    elif isinstance(file, list):
        pairs = [(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(file, reference))]
        if len(file) != len(reference):
            pairs.append((f"{path}, its length", len(file), len(reference)))
    else:
        return None if file == reference else f"{path}: file {file!r}, reference {reference!r}"
    for p, a, b in pairs:
        if found := difference(a, b, p):
            return found
    return None


def check(name, want):
    """What is wrong with the file of this name, or None."""
    path = VECTORS / f"{name}.json"
    if not path.exists():
        return "no such file"
    got = path.read_text(encoding="utf-8")
    if got == want:
        return None
    try:
        return difference(json.loads(got), json.loads(want)) or "the same values, written otherwise"
    except ValueError as e:
        return f"no JSON: {e}"


def main(arguments):
    checking = "--check" in arguments
    named = [a for a in arguments if a != "--check"]
    chosen, failed = named or names(), False
    if unknown := set(chosen) - set(names()):
        sys.exit(f"no generator for {', '.join(sorted(unknown))}")
    for name in chosen:
        want = text(make(name))
        if not checking:
            VECTORS.mkdir(exist_ok=True)
            (VECTORS / f"{name}.json").write_text(want, encoding="utf-8")
        elif wrong := check(name, want):
            failed = True
            print(f"{name}.json differs at {wrong}", file=sys.stderr)
    if checking and not named:
        for extra in sorted({p.stem for p in VECTORS.glob("*.json")} - set(names())):
            failed = True
            print(f"{extra}.json differs at $: nothing makes it", file=sys.stderr)
    if checking and not failed:
        print(f"as the reference makes them: {len(chosen)} of {len(names())} vector files")
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:])
