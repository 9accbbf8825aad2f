"""The report of a run: found in its folder, one page that loads nothing, and every way of pointing at the wrong file."""

import json
import pathlib
import re
import shutil
import unittest
import xml.etree.ElementTree as ElementTree

from program import PROGRAM, ProgramTest

BODY = ("grid", "modified-blackbody", "-p", "temperature=15:40", "-p", "beta=1.2:2.2")
TRAINS = pathlib.Path(shutil.which(PROGRAM) or PROGRAM).with_name("ismulate-train").exists()
SVG = "{http://www.w3.org/2000/svg}"
XHTML = "{http://www.w3.org/1999/xhtml}"


class Page:
    """What a test wants to know of a page."""

    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        self.tree = ElementTree.fromstring(self.text.removeprefix("<!DOCTYPE html>\n"))
        self.pictures = list(self.tree.iter(SVG + "svg"))
        self.headings = [heading.text for heading in self.tree.iter(XHTML + "h2")]


class ReportTest(ProgramTest):
    def check_page(self, path):
        """Whole, accessible, without anything from elsewhere and without numbers that are none."""
        page = Page(path)
        names = re.sub(r'xmlns="http://www\.w3\.org/[^"]*"', "", page.text)
        for foreign in ("http:", "https:", "//cdn", "src=", "@import", "<script", "<link", "<iframe"):
            self.assertNotIn(foreign, names)
        for picture in page.pictures:
            self.assertEqual(picture.get("role"), "img")
            self.assertTrue(picture.find(SVG + "title").text)
            self.assertTrue(picture.find(SVG + "desc").text)
            for element in picture.iter():
                for value in element.attrib.values():
                    self.assertNotRegex(value, r"\b(nan|inf)\b")
        shown = " ".join(page.tree.itertext())
        self.assertNotRegex(shown, r"\b[-+]?(nan|inf|NaN)\b")
        identities = [element.get("id") for element in page.tree.iter() if element.get("id")]
        self.assertEqual(len(identities), len(set(identities)))
        return page

    def make_grid(self, name="run/grid.h5", size=120):
        (self.folder / name).parent.mkdir(exist_ok=True)
        self.done(*BODY, "--size", size, "-o", name)


class GridOnly(ReportTest):
    def setUp(self):
        super().setUp()
        self.make_grid()

    def test_a_grid_alone_makes_a_page_that_says_what_is_missing(self):
        err = self.done("report", "run").err
        self.assertIn("missing: the network", err)
        self.assertIn("ismulate compare", err)
        page = self.check_page(self.folder / "run/report.html")
        self.assertIn("Where the grid has models, and where the network errs", page.headings)
        self.assertIn("Where the time went", page.headings)
        self.assertIn("Not in this page", page.text)

    def test_a_grid_without_its_log(self):
        (self.folder / "run/grid.h5.log.json").unlink()
        self.assertIn("its log", self.done("report", "run").err)

    def test_json_says_what_was_written(self):
        result = json.loads(self.done("report", "run", "-o", "page.html", "--json").out)
        self.assertEqual(result["written"], "page.html")
        self.assertEqual(len(result["missing"]), 2)

    def test_an_existing_page_is_kept(self):
        self.write("run/report.html", "precious")
        self.refused("report", "run", says=("run/report.html", "--force"))
        self.done("report", "run", "--force")
        self.check_page(self.folder / "run/report.html")

    def test_other_endings(self):
        self.refused("report", "run", "-o", "page.pdf", says=("page.pdf", ".html"))
        self.refused("report", "run", "-o", "nowhere/page.html", says="nowhere")

    def test_two_grids_are_a_question(self):
        self.make_grid("run/more.h5")
        self.refused("report", "run", says=("2 datasets", "run/grid.h5", "run/more.h5", "--grid"))
        self.done("report", "run", "--grid", "run/more.h5")

    def test_damaged_logs_are_refused(self):
        log = self.folder / "run/grid.h5.log.json"
        whole = log.read_text()
        for text, word in ((whole[: len(whole) // 2], "no JSON"), ("[]", "runs"), ('{"runs": 3}', "runs"), ("", "no JSON")):
            log.write_text(text)
            self.refused("report", "run", says=("grid.h5.log.json", word))

    def test_foreign_json_in_the_folder_is_left_alone(self):
        self.write("run/notes.json", '{"mine": 1}')
        self.write("run/list.json", "[1, 2]")
        self.assertNotIn("notes.json", self.done("report", "run").err)

    def test_half_a_json_in_the_folder_is_told(self):
        self.write("run/compare.json", '{"format": "ismulate-comp')
        self.assertIn("run/compare.json: it is no whole JSON", self.done("report", "run").err)


class Wrong(ReportTest):
    def test_nothing_named(self):
        self.refused("report", says="--emulator")

    def test_missing_folder(self):
        self.refused("report", "none", says=("none", "no such folder"))
        self.refused("report", "none", "-o", "page.html", says=("none", "no such folder"))

    def test_a_file_for_a_folder(self):
        self.write("run.txt", "x")
        self.refused("report", "run.txt", says=("run.txt", "a file"))

    def test_a_folder_with_nothing_of_ours(self):
        self.write("run/readme.txt", "x")
        self.refused("report", "run", says=("nothing of a run", ".ism"))

    def test_missing_files(self):
        for option in ("--emulator", "--grid", "--comparison"):
            self.refused("report", option, "none.x", says="none.x")

    def test_foreign_comparison(self):
        for text, word in (("[1]", "no comparison"), ("{}", "no comparison"), ("not json", "no JSON"), ("", "no JSON"),
                           ('{"format": "ismulate-training-log"}', "no comparison"), ("[" * 100000, "no JSON")):
            self.write("c.json", text)
            self.refused("report", "--comparison", "c.json", says=("c.json", word))


@unittest.skipUnless(TRAINS, "this build has no LibTorch, so there is no network to report on")
class WholeRun(ReportTest):
    @classmethod
    def setUpClass(cls):
        cls.kept = None

    def setUp(self):
        super().setUp()
        if WholeRun.kept is None:  # one run serves all tests
            self.make_grid()
            self.train("run/grid.ism")
            self.done("grid", *BODY[1:], "--design", "random", "--seed", "2", "--size", "40", "-o", "run/test.h5")
            self.compare("run/grid.ism", "run/compare.json")
            WholeRun.kept = self.files(self.folder / "run")
        (self.folder / "run").mkdir(exist_ok=True)
        for name, data in WholeRun.kept.items():
            self.write(f"run/{name}", data)

    def train(self, name, *options):
        self.done("train", "run/grid.h5", "-o", name, "--epochs", "60", "--width", "16", "--depth", "2", "--pca", "8",
                  "--threads", "1", "--budget", "0", *options)

    def compare(self, emulator, output):
        self.done("compare", "run/grid.h5", "--emulator", emulator, "--test", "run/test.h5", "--spectra", "100",
                  "--repetitions", "1", "-o", output)

    def test_the_whole_page(self):
        result = self.done("report", "run")
        self.assertNotIn("missing", result.err)
        page = self.check_page(self.folder / "run/report.html")
        for heading in ("Physics and network", "Every method on the same models", "Error against wavelength", "The worst cases",
                        "Learning", "Where the grid has models, and where the network errs", "Where the time went",
                        "How it was made"):
            self.assertIn(heading, page.headings)
        self.assertEqual(len(page.pictures), 9)
        shown = " ".join(page.tree.itertext())
        for part in ("neural network", "cubic spline", "compute held-out models", "train the network", "SHA-256",
                     "ismulate train run/grid.h5"):
            self.assertIn(part, shown)

    def test_pictures_as_files(self):
        self.done("report", "run", "--figures", "slides")
        pictures = sorted((self.folder / "slides").iterdir())
        self.assertEqual(len(pictures), 9)
        for picture in pictures:
            root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
            self.assertEqual(root.tag, SVG + "svg")
            self.assertIsNotNone(root.find(SVG + "style"))
        self.refused("report", "run", "-o", "x.html", "--figures", "slides", says=("slides/", "--force"))

    def test_named_files_make_the_same_pictures(self):
        self.done("report", "run")
        self.done("report", "--emulator", "run/grid.ism", "--grid", "run/grid.h5", "--comparison", "run/compare.json",
                  "-o", "page.html")
        first, second = Page(self.folder / "run/report.html"), self.check_page(self.folder / "page.html")
        self.assertEqual([ElementTree.tostring(p) for p in first.pictures], [ElementTree.tostring(p) for p in second.pictures])

    def test_the_same_files_give_the_same_page(self):
        self.done("report", "run", "-o", "a.html")
        first = (self.folder / "a.html").read_bytes()
        self.done("report", "run", "-o", "a.html", "--force")
        self.assertEqual((self.folder / "a.html").read_bytes().replace(b" --force", b""), first)

    def test_a_comparison_of_another_network_is_left_out_or_refused(self):
        self.train("run/grid.ism", "--seed", "5", "--force")
        self.assertIn("compares another emulator", self.done("report", "run").err)
        self.assertNotIn("Every method", (self.folder / "run/report.html").read_text())
        self.refused("report", "run", "--comparison", "run/compare.json", "-o", "x.html", says="another emulator")

    def test_a_changed_grid_is_left_out_or_refused(self):
        self.done(*BODY, "--size", "130", "-o", "run/grid.h5", "--force")
        self.assertIn("other checksum", self.done("report", "run").err)
        self.refused("report", "run", "--grid", "run/grid.h5", "-o", "x.html", says="another dataset")

    def test_two_networks_are_a_question(self):
        self.train("run/more.ism", "--seed", "5")
        self.refused("report", "run", says=("2 emulators", "--emulator"))
        self.done("report", "run", "--emulator", "run/grid.ism")

    def test_a_network_without_log_or_comparison(self):
        for name in ("grid.ism.log.json", "compare.json"):
            (self.folder / "run" / name).unlink()
        err = self.done("report", "--emulator", "run/grid.ism", "-o", "page.html").err
        self.assertIn("loss curve", err)
        self.check_page(self.folder / "page.html")

    def test_damaged_files_are_refused(self):
        for name, option in (("compare.json", "--comparison"), ("grid.ism", "--emulator"), ("grid.ism.log.json", None)):
            whole = WholeRun.kept[name]
            for size in (0, 10, len(whole) // 2, len(whole) - 3):
                self.write(f"run/{name}", whole[:size])
                named = ("report", "run", *((option, f"run/{name}") if option else ()))
                self.refused(*named, says=name)
            self.write(f"run/{name}", whole)

    def test_a_comparison_whose_members_are_of_another_kind(self):
        whole = json.loads(WholeRun.kept["compare.json"])
        for key in ("model", "settings", "held_out", "methods", "judged", "worst", "typical", "seconds"):
            for value in ({}, [], 3, "text", None, [3], {"a": 1}):
                changed = dict(whole)
                changed[key] = value
                self.write("c.json", json.dumps(changed))
                result = self.ismulate("report", "--comparison", "c.json", "-o", "page.html", "--force")
                self.assertIn(result.status, (0, 2), f"{key} = {value}: {result.err}")
                self.assertNotIn("bug of ismulate", result.err)


if __name__ == "__main__":
    unittest.main()
