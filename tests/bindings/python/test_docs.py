"""The Python examples of docs/bindings.md run as they stand; the module has no LibTorch in it."""

import pathlib
import re
import shutil
import subprocess

import pytest

import ismulate

ROOT = pathlib.Path(__file__).resolve().parents[3]


def test_the_examples_run():
    text = (ROOT / "docs/bindings.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    for example in examples:
        exec(example, names)
    assert len(examples) == 2 and names["spectra"].shape == (5, 481) and names["fluxes"].shape == (7,)


@pytest.mark.skipif(not shutil.which("readelf"), reason="needs binutils")
def test_the_module_does_not_need_libtorch():
    told = subprocess.run(["readelf", "-d", ismulate._core.__file__], capture_output=True, text=True, check=True).stdout
    assert "libstdc++" in told and not re.search("torch|c10", told)


def test_it_is_typed():
    package = pathlib.Path(ismulate.__file__).parent
    assert (package / "py.typed").is_file()
    stub = (package / "_core.pyi").read_text(encoding="utf-8")
    assert "class Emulator" in stub and "anonymous" not in stub
