"""The rules of the house that a compiler does not check: who includes whom, who may print, who may open a file."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Who may include whom; the same picture as src/CMakeLists.txt.
GRAPH = {
    "base": set(),
    "emulate": {"base"},
    "io": {"base", "emulate"},
    "simulate": {"base", "io"},
    "observe": {"base", "emulate"},
    "infer": {"base", "emulate", "observe"},
    "regress": {"base", "emulate"},
    "explain": {"base", "emulate", "observe"},
    "train": {"base", "io", "emulate", "infer"},
}

# Headers of foreign libraries that belong to one room each.
OWNED = {
    r"torch/|ATen/|c10/": {"train"},
    r"xgboost/": {"regress"},
    r"hdf5|H5|hdf5_hl": {"io"},
    r"fitsio|longnam": {"io"},
    r"CLI/": set(),
    r"mpi\.h": set(),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def library_sources():
    """(room, path, text) of each library source and header."""
    for top in ("include/ism", "src"):
        for path in sorted((ROOT / top).rglob("*.[ch]pp")):
            room = path.relative_to(ROOT / top).parts[0]
            yield room, path, path.read_text(encoding="utf-8")


def code_only(text):
    """The text without comments and string literals."""
    return COMMENT_OR_TEXT.sub('""', text)


class Rooms(unittest.TestCase):
    def test_there_is_something_to_check(self):
        self.assertGreater(len(list(library_sources())), 10)

    def test_every_folder_is_a_known_room(self):
        self.assertLessEqual({room for room, _, _ in library_sources()}, set(GRAPH))

    def test_no_room_includes_a_forbidden_one(self):
        wrong = []
        for room, path, text in library_sources():
            for header in INCLUDE.findall(text):
                named = re.match(r"(?:\.\./)*(?:ism/)?(\w+)/", header)
                if not named or named[1] not in GRAPH:
                    continue
                if named[1] != room and named[1] not in GRAPH[room]:
                    wrong.append(f"{path.relative_to(ROOT)} includes {header}; {room} may include {sorted(GRAPH[room])}")
        self.assertEqual(wrong, [])

    def test_foreign_libraries_stay_in_their_room(self):
        wrong = []
        for room, path, text in library_sources():
            for header in INCLUDE.findall(text):
                for pattern, rooms in OWNED.items():
                    if re.match(pattern, header) and room not in rooms:
                        wrong.append(f"{path.relative_to(ROOT)} includes {header}; allowed in {sorted(rooms) or 'app'}")
        self.assertEqual(wrong, [])

    def test_public_headers_do_not_show_heavy_libraries(self):
        wrong = []
        for _, path, text in library_sources():
            if (ROOT / "include") not in path.parents:
                continue
            for header in INCLUDE.findall(text):
                if re.match(r"torch|ATen|hdf5|fitsio|nlohmann|CLI|hwy|mpi", header):
                    wrong.append(f"{path.relative_to(ROOT)} includes {header}")
        self.assertEqual(wrong, [])

    def test_emulate_needs_the_standard_library_and_simd_only(self):
        wrong = []
        for room, path, text in library_sources():
            if room != "emulate":
                continue
            for header in INCLUDE.findall(text):
                ours = header.startswith(("ism/base/", "ism/emulate/", "emulate/", "base/"))
                if not (ours or header.startswith(("hwy/", "nlohmann/")) or re.fullmatch(r"[a-z0-9_]+(\.hpp)?", header)):
                    wrong.append(f"{path.relative_to(ROOT)} includes {header}")
        self.assertEqual(wrong, [])


class Manners(unittest.TestCase):
    """The library is used inside other people's programs: it neither prints nor ends them."""

    def find(self, pattern, rooms=None):
        found = []
        for room, path, text in library_sources():
            if rooms is not None and room not in rooms:
                continue
            for number, line in enumerate(code_only(text).splitlines(), 1):
                if re.search(pattern, line):
                    found.append(f"{path.relative_to(ROOT)}:~{number}: {line.strip()}")
        return found

    def test_the_library_does_not_print(self):
        self.assertEqual(self.find(r"std::(cout|cerr|clog)\b|(?<![\w])f?printf\s*\(|(?<![\w])f?puts\s*\(|\bperror\s*\("), [])

    def test_the_library_does_not_exit(self):
        self.assertEqual(self.find(r"(?<![\w.>])(std::)?(exit|_exit|quick_exit|abort|terminate)\s*\("), [])

    def test_files_are_opened_by_io_base_and_the_ism_reader_only(self):
        rooms = set(GRAPH) - {"io", "base", "emulate"}
        self.assertEqual(self.find(r"\b(std::)?[io]?fstream\b|\bfopen\s*\(|::open\s*\(", rooms), [])

    def test_nothing_is_left_to_do(self):
        found = []
        for top in ("include", "src", "app", "bindings", "tests", "benchmarks", "fuzz", "examples"):
            for path in sorted([*(ROOT / top).rglob("*.[ch]pp"), *(ROOT / top).rglob("*.[ch]"), *(ROOT / top).rglob("*.f90")]):
                if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", path.read_text(encoding="utf-8")):
                    found.append(str(path.relative_to(ROOT)))
        self.assertEqual(found, [])

    def test_results_do_not_depend_on_the_machine(self):
        found = []
        for path in [ROOT / "CMakeLists.txt", ROOT / "CMakePresets.json", *ROOT.glob("*/CMakeLists.txt"), *ROOT.glob("cmake/*")]:
            if re.search(r"-march=native|-ffast-math|-Ofast|-funsafe-math|-fassociative-math", path.read_text(encoding="utf-8")):
                found.append(str(path.relative_to(ROOT)))
        self.assertEqual(found, [])

    def test_there_is_one_version_number(self):
        version = (ROOT / "VERSION").read_text(encoding="utf-8").strip()
        self.assertRegex(version, r"^\d+\.\d+\.\d+$")
        self.assertIn(f"version: {version}", (ROOT / "CITATION.cff").read_text(encoding="utf-8"))
        self.assertIn(f"## {version}", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
