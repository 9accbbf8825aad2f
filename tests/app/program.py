"""What the tests of the program share: running it as a user does, and what every refusal must look like."""

import fcntl
import os
import pathlib
import pty
import re
import resource
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import time
import unittest

PROGRAM = os.environ.get("ISMULATE_PROGRAM", "ismulate")


class Result:
    """Exit status, standard output and standard error of one call."""

    def __init__(self, finished):
        self.status, self.out, self.err = finished.returncode, finished.stdout, finished.stderr


class ProgramTest(unittest.TestCase):
    """Each test runs in a folder of its own."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ismulate-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def ismulate(self, *arguments, largest_file=None, folder=None, timeout=120):
        """Runs the program; `largest_file` [bytes] makes the disk look full to it."""

        def limit():
            if largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        return Result(
            subprocess.run(
                [PROGRAM, *map(str, arguments)],
                cwd=folder or self.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout,
                preexec_fn=limit,
                check=False,
            )
        )

    def done(self, *arguments, **options):
        """Runs the program and insists that it succeeds."""
        result = self.ismulate(*arguments, **options)
        self.assertEqual(result.status, 0, f"ismulate {' '.join(map(str, arguments))}\n{result.err}")
        return result

    def files(self, folder=None):
        """Every path below a folder, with its bytes."""
        top = folder or self.folder
        return {str(p.relative_to(top)): p.read_bytes() if p.is_file() else None for p in sorted(top.rglob("*"))}

    def refused(self, *arguments, says=(), status=2, **options):
        """The call fails with this status, each of `says` stands in the message, and no file appears or changes."""
        before = self.files(options.get("folder"))
        result = self.ismulate(*arguments, **options)
        call = f"ismulate {' '.join(map(str, arguments))}\n{result.err}"
        self.assertEqual(result.status, status, call)
        self.assertIn("error", result.err.lower(), call)
        self.assertEqual(result.out, "", call)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, result.err, call)
        self.assertNotIn("bug of ismulate", result.err, call)
        self.assertEqual(self.files(options.get("folder")), before, f"something was left behind by: {call}")
        return result

    def write(self, name, text):
        """A file in the test's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


class Terminal:
    """The program with its standard error on a terminal of 120 columns, as a person starts it."""

    def __init__(self, folder, *arguments):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 120, 0, 0))
        self.process = subprocess.Popen(
            [PROGRAM, *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs
        )
        os.close(theirs)
        self.text = ""

    def read(self, seconds):
        """Reads for up to so many seconds; False when the program has closed its end."""
        if select.select([self.ours], [], [], max(seconds, 0.0))[0]:
            try:
                self.text += os.read(self.ours, 65536).decode()
            except OSError:  # what Linux says at the end of a pseudo-terminal
                return False
        return True

    def wait_for(self, pattern, seconds=120):
        """Reads until the pattern stands on the terminal."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            if not self.read(end - time.monotonic()) or time.monotonic() > end:
                self.process.kill()
                raise AssertionError(f"no {pattern!r} on the terminal:\n{self.text}")

    def finish(self, seconds=120):
        """Exit status, once the program has ended."""
        end = time.monotonic() + seconds
        while self.read(end - time.monotonic()) and time.monotonic() < end:
            pass
        os.close(self.ours)
        return self.process.wait(max(1.0, end - time.monotonic()))


def ecsv(text):
    """(names, rows of text) of an ECSV table: enough for tests, no packages needed."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return lines[0].split(), [line.split() for line in lines[1:]]
