"""Ctrl-C and the progress bar: what a person at a terminal sees and is left with."""

import json
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTest, Terminal

BODY = ("modified-blackbody", "-p", "temperature=10:50", "-p", "beta=1:2.5")
BAR = r"\[#*\.*\] \d+/\d+  [\d.e+]+/s  .* left"
TRAINS = pathlib.Path(shutil.which(PROGRAM) or PROGRAM).with_name("ismulate-train").exists()


def signalled(terminal, number, times=1):
    for _ in range(times):
        terminal.process.send_signal(number)
        time.sleep(0.03)
    return terminal.finish()


class Grid(ProgramTest):
    def start(self, *more):
        return Terminal(self.folder, "grid", *BODY, "--size", 300000, "--chunk", 1000, "-o", "g.h5", *more)

    def test_one_interrupt_keeps_the_parts_and_says_how_to_go_on(self):
        terminal = self.start()
        terminal.wait_for(BAR)
        self.assertEqual(signalled(terminal, signal.SIGINT), 130, terminal.text)
        self.assertIn("--resume", terminal.text)
        self.assertFalse((self.folder / "g.h5").exists())
        self.assertGreater(len(list(self.folder.glob("g.h5.parts/chunk-*.part"))), 0)

    def test_two_interrupts_leave_at_once(self):
        terminal = self.start()
        terminal.wait_for(BAR)
        self.assertEqual(signalled(terminal, signal.SIGINT, times=2), 130, terminal.text)
        self.assertFalse((self.folder / "g.h5").exists())

    def test_quiet_on_a_terminal(self):
        terminal = Terminal(self.folder, "grid", *BODY, "--size", 500, "--chunk", 100, "-o", "g.h5", "--quiet")
        self.assertEqual(terminal.finish(), 0)
        self.assertEqual(terminal.text, "")

    def test_the_bar_is_for_terminals(self):
        terminal = Terminal(self.folder, "grid", *BODY, "--size", 20000, "--chunk", 500, "-o", "g.h5")
        self.assertEqual(terminal.finish(), 0, terminal.text)
        self.assertRegex(terminal.text, BAR)
        self.assertIn("\r", terminal.text)
        for line in terminal.text.splitlines():
            self.assertLess(len(line.split("\033[K")[-1]), 120)  # never wraps
        piped = self.done("grid", *BODY, "--size", 20000, "--chunk", 500, "-o", "p.h5").err
        for mark in ("\r", "\033", "[#", "[."):
            self.assertNotIn(mark, piped)
        self.assertRegex(piped, r"50 %, \d+/20000")


@unittest.skipUnless(TRAINS, "this build has no LibTorch")
class Training(ProgramTest):
    def start(self, *more):
        self.done("grid", *BODY, "--size", 512, "--chunk", 64, "-o", "g.h5")
        endless = ("--epochs", 1000000, "--budget", 0, "--patience", 0)
        return Terminal(self.folder, "train", "g.h5", "-o", "n.ism", *endless, *more)

    def test_one_interrupt_keeps_the_best_so_far(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                terminal = self.start("--width", 16, "--force")
                terminal.wait_for(r"training " + BAR)
                self.assertEqual(signalled(terminal, number), status, terminal.text)
                self.assertIn("the best network so far is in n.ism", terminal.text)
                log = json.loads((self.folder / "n.ism.log.json").read_text())
                self.assertEqual(log["ended_by"], "interrupt")
                self.done("predict", "n.ism", "-p", "temperature=20")
                (self.folder / "g.h5").unlink()

    def test_two_interrupts_leave_at_once_and_leave_nothing(self):
        terminal = self.start("--width", 2048, "--depth", 6, "--batch", 512)  # a step takes longer than two key presses
        terminal.wait_for(r"training \[")
        time.sleep(0.3)
        self.assertEqual(signalled(terminal, signal.SIGINT, times=2), 130, terminal.text)
        self.assertEqual([name for name in self.files() if name.startswith("n.ism")], [])


@unittest.skipUnless(TRAINS, "this build has no LibTorch")
class Comparing(ProgramTest):
    def test_an_interrupt_ends_it_and_writes_nothing(self):
        self.done("grid", *BODY, "--size", 400, "--chunk", 64, "-o", "g.h5")
        self.done("train", "g.h5", "-o", "n.ism", "--epochs", 5, "--width", 8)
        terminal = Terminal(self.folder, "compare", "g.h5", "--emulator", "n.ism", "-o", "c.json", "--repetitions", 1000)
        terminal.wait_for(r"comparing \[")
        self.assertEqual(signalled(terminal, signal.SIGINT), 130, terminal.text)
        self.assertIn("stopped", terminal.text)
        self.assertFalse((self.folder / "c.json").exists())


class Pipes(ProgramTest):
    def test_a_reader_that_goes_away_ends_it_silently(self):
        shell = f"'{PROGRAM}' simulate modified-blackbody | head -n 1"
        result = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
