"""Careless and hostile hands: empty words, endless numbers, closed streams, names that are no text, files of the wrong kind."""

import os
import subprocess
import unittest

from program import PROGRAM, ProgramTest

BODY = ("simulate", "modified-blackbody")
GRID = ("grid", "modified-blackbody", "-p", "temperature=10:20")


class Words(ProgramTest):
    def test_empty_words_are_refused(self):
        """An unset shell variable must not mean the same as no option."""
        for call in (
            ("",),
            ("simulate", ""),
            ("predict", ""),
            (*BODY, "-o", ""),
            (*BODY, "--config", ""),
            ("predict", "themis", "--table", ""),
            ("simulate", "dust", "--field", ""),
        ):
            with self.subTest(call=call):
                self.refused(*call, says="empty")

    def test_a_missing_word_is_named(self):
        self.refused("simulate", says=("dust", "modified-blackbody"))

    def test_whole_numbers(self):
        for option in ("--seed", "--threads"):
            for value in ("-1", "1.5", "1e3", "nan", "99999999999999999999999", " 3", "0x10", "+1"):
                with self.subTest(option=option, value=value):
                    self.refused(*BODY, option, value, says=(option, value, "whole number"))
        self.refused(*BODY, "--threads", "100000", says="4096")

    def test_size_and_chunk_of_a_grid(self):
        for option in ("--size", "--chunk"):
            for value in ("-1", "1e12", "1000000000000", "99999999999999999999", "nan", "1.5"):
                with self.subTest(option=option, value=value):
                    more = () if option == "--size" else ("--size", "4")
                    self.refused(*GRID, option, value, *more, "-o", "g.h5", says=(option, value, "whole number"))
        self.refused(*GRID, "--size", "0", "-o", "g.h5", says="--size")

    def test_a_chunk_larger_than_the_grid(self):
        self.done(*GRID, "--size", "4", "--chunk", "4000000000", "-o", "g.h5")

    def test_endless_grids(self):
        ranges = [word for name in ("temperature=10:20", "beta=1:2", "kappa=1:2") for word in ("-p", name)]
        levels = "temperature=1000000000,beta=1000000000,kappa=1000000000"
        self.refused(*GRID[:2], *ranges, "--design", "regular", "--points", levels, "-o", "g.h5", says="more points")

    def test_more_threads_than_the_system_gives(self):
        self.done(*GRID, "--size", "64", "--threads", "4096", "-o", "g.h5")

    def test_numbers_that_are_none(self):
        for value in ("1e400", "-nan", "２０", "1_000", "++20", "20 K", "\ufeff20"):
            self.refused(*BODY, "-p", f"temperature={value}", says="temperature")

    def test_bytes_that_are_no_text(self):
        name = os.fsdecode(b"\xff.json")
        self.done(*BODY, "-o", name)
        self.assertIn(b"\xef\xbf\xbd.json", next(iter(self.files().values())))
        self.refused(*BODY, "-p", os.fsdecode(b"\xff=3"), says="allowed")
        grid = os.fsdecode(b"\xff.h5")
        self.done(*GRID, "--size", "2", "-o", grid)


class Configurations(ProgramTest):
    def test_files_of_another_kind(self):
        self.write("garbage.toml", bytes(range(256)) * 12)
        self.write("utf16.toml", "size = 3\n".encode("utf-16"))
        (self.folder / "folder.toml").mkdir()
        for name in ("garbage.toml", "utf16.toml", "folder.toml"):
            self.refused(*BODY, "--config", name, says=name)

    def test_values_of_another_kind(self):
        for text in ("seed = 1979-05-27", "[seed]\na = 1", "seed = [[1]]", "[[parameters]]\nU = 1", "[parameters]\nbeta = [1]"):
            with self.subTest(text=text):
                self.write("run.toml", text)
                self.refused(*BODY, "--config", "run.toml", says="run.toml")

    def test_nested_without_end(self):
        self.write("deep.toml", "a = " + "[" * 100000)
        self.refused(*BODY, "--config", "deep.toml", says="deep.toml")

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_file_without_permission(self):
        self.write("secret.toml", "").chmod(0)
        self.refused(*BODY, "--config", "secret.toml", says=("secret.toml", "ermission"))

    def test_a_device_that_never_ends(self):
        self.refused(*BODY, "--config", "/dev/zero", says=("/dev/zero", "256 MiB"))


class Streams(ProgramTest):
    def shell(self, command):
        return subprocess.run(["sh", "-c", f'exec "$0" {command}', PROGRAM], cwd=self.folder, capture_output=True, text=True, check=False)

    def test_output_that_cannot_be_written(self):
        for call in ("simulate modified-blackbody", "models", "describe dust", "predict themis --json", "--help", "--version"):
            for stream in (">/dev/full", ">&-"):
                with self.subTest(call=call, stream=stream):
                    result = self.shell(f"{call} {stream}")
                    self.assertEqual(result.returncode, 4, result.stderr)
                    self.assertIn("standard output", result.stderr)

    def test_closed_streams_do_not_become_the_file(self):
        grid = " ".join(GRID)
        self.done(*GRID, "--size", "64", "-o", "whole.h5")
        result = self.shell(f"{grid} --size 64 -o closed.h5 <&- >&- 2>&-")
        self.assertIn(result.returncode, (0, 4))
        command = (self.folder / "whole.h5").read_bytes().replace(b"-o whole.h5", b"")
        self.assertEqual((self.folder / "closed.h5").read_bytes().replace(b"-o closed.h5", b"")[:96], command[:96])
        self.assertNotIn(b"models", (self.folder / "closed.h5").read_bytes()[:8])

    def test_errors_that_cannot_be_written(self):
        self.assertEqual(self.shell("simulate modified-blackbody -p temperature=1 2>/dev/full").returncode, 2)


class Outputs(ProgramTest):
    def test_a_pipe_is_not_replaced(self):
        os.mkfifo(self.folder / "pipe.ecsv")
        result = self.ismulate(*BODY, "-o", "pipe.ecsv", "--force")
        self.assertEqual(result.status, 2)
        self.assertIn("pipe", result.err)

    def test_a_folder_that_is_not_there(self):
        self.refused(*GRID, "--size", "4", "-o", "nowhere/g.h5", says="nowhere")
        self.refused("predict", "themis", "-o", "nowhere/x.h5", says="nowhere")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_without_permission(self):
        (self.folder / "closed").mkdir(mode=0o500)
        self.refused(*BODY, "-o", "closed/sed.ecsv", status=4, says="closed")


class Tables(ProgramTest):
    def refuses(self, name, data, *says):
        self.write(name, data)
        self.refused("predict", "themis", "--table", name, "-o", "out.ecsv", says=(name, *says))

    def test_columns_of_one_name(self):
        self.refuses("t.csv", "U,U,age,amin\n1,2,3,4\n", "'U'")

    def test_names_that_are_no_text(self):
        self.refuses("t.csv", "U,age,amin [µm]\n10,1e8,0.5\n".encode("latin-1"), "UTF-8")

    def test_a_table_of_another_kind_than_its_name(self):
        for name in ("t.fits", "t.fits.gz", "t.h5", "t.ecsv"):
            with self.subTest(name=name):
                self.refuses(name, "U,age,amin\n10,1e8,0.5\n")

    def test_garbage(self):
        for name in ("t.csv", "t.ecsv", "t.fits", "t.fits.gz", "t.h5"):
            with self.subTest(name=name):
                self.refuses(name, bytes(range(256)) * 40)

    def test_a_header_that_claims_more_rows_than_there_are(self):
        cards = ["XTENSION= 'BINTABLE'", "BITPIX  =                    8", "NAXIS   =                    2"]
        cards += ["NAXIS1  =                    8", "NAXIS2  =        1000000000000", "PCOUNT  =                    0"]
        cards += ["GCOUNT  =                    1", "TFIELDS =                    1", "TTYPE1  = 'U       '", "TFORM1  = 'D       '", "END"]
        first = ["SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0", "END"]
        blocks = ["".join(card.ljust(80) for card in one).ljust(2880) for one in (first, cards)]
        self.refuses("t.fits", "".join(blocks) + "\0" * 2880)


if __name__ == "__main__":
    unittest.main()
