"""The installed tree, moved elsewhere: a project in C, C++ and Fortran is built against it by CMake and by pkg-config."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ISMULATE_BUILD"])
DOWNSTREAM = pathlib.Path(__file__).resolve().parent / "downstream"
FORTRAN = os.environ.get("FC", "")
COMPILED = [("from_c", "from_c.c", "CC", "ismulate", ["-std=c99", "-pedantic", "-Werror"]),
            ("from_cxx", "from_cxx.cpp", "CXX", "ismulate-cxx", ["-std=c++20"]),
            *([("from_fortran", "from_fortran.f90", "FC", "ismulate-fortran", [])] if FORTRAN else [])]


def run(*command, **options):
    """Runs a command; what it printed is shown where it fails."""
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{result.stdout}\n{result.stderr}")
    return result.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="ismulate-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for component in ("program", "library", "development"):
            run("cmake", "--install", BUILD, "--prefix", cls.folder / "first", "--component", component)
        (cls.folder / "first").rename(cls.folder / "usr")  # a tree may be moved
        cls.prefix = cls.folder / "usr"
        cls.libraries = next(cls.prefix.rglob("libismulate.so")).parent

    def check_programs(self, folder, **options):
        """Every program prints what `ismulate predict` says."""
        table = run(self.prefix / "bin/ismulate", "predict", "themis", "-p", "U=10", "-p", "age=1e7", "-p", "amin=0.5")
        rows = [line for line in table.splitlines() if not line.startswith("#")]
        expected = float(rows[1 + 240].split()[-1])
        for program, *_ in COMPILED:
            printed = float(run(folder / program, cwd=folder, **options))
            self.assertLess(abs(printed / expected - 1), 1e-11, program)

    def test_find_package(self):
        build = self.folder / "cmake"
        run("cmake", "-G", "Ninja", "-S", DOWNSTREAM, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DWITH_FORTRAN={'ON' if FORTRAN else 'OFF'}")
        run("cmake", "--build", build)
        self.check_programs(build)

    @unittest.skipUnless(shutil.which("pkg-config"), "needs pkg-config")
    def test_pkg_config(self):
        build = self.folder / "pkg-config"
        build.mkdir()
        search = [self.libraries / "pkgconfig", *filter(None, [os.environ.get("PKG_CONFIG_PATH")])]
        found = {**os.environ, "PKG_CONFIG_PATH": ":".join(map(str, search))}
        for program, source, compiler, package, options in COMPILED:
            flags = run("pkg-config", "--cflags", "--libs", package, env=found).split()
            run(os.environ[compiler], *options, DOWNSTREAM / source, "-o", build / program, *flags)
        self.check_programs(build, env={**os.environ, "LD_LIBRARY_PATH": str(self.libraries)})

    @unittest.skipUnless(shutil.which("pkg-config"), "needs pkg-config")
    def test_the_examples_of_the_documentation(self):
        text = (DOWNSTREAM.parents[2] / "docs/bindings.md").read_text(encoding="utf-8")
        found = {**os.environ, "PKG_CONFIG_PATH": str(self.libraries / "pkgconfig")}
        for language, ending, _, compiler, package, options in [("c", ".c", *COMPILED[0][1:]),
                                                                *([("fortran", ".f90", *COMPILED[2][1:])] if FORTRAN else [])]:
            (example,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
            source = self.folder / f"documented{ending}"
            source.write_text(example, encoding="utf-8")
            flags = run("pkg-config", "--cflags", "--libs", package, env=found).split()
            run(os.environ[compiler], *options, source, "-o", source.with_suffix(""), *flags, cwd=self.folder)
            printed = run(source.with_suffix(""), env={**os.environ, "LD_LIBRARY_PATH": str(self.libraries)})
            self.assertRegex(printed, r"\d\.\d{3}E-2\d|\d\.\d{3}e-2\d")

    def test_another_version_is_refused(self):
        project = self.folder / "newer"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(newer C)\nfind_package(ismulate 99.1 REQUIRED)\n")
        with self.assertRaisesRegex(AssertionError, "99.1"):
            run("cmake", "-G", "Ninja", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")

    def test_nothing_points_back_to_the_sources_or_the_build(self):
        told = [*self.prefix.rglob("*.cmake"), *self.prefix.rglob("*.pc")]
        self.assertGreater(len(told), 5)
        for path in told:
            self.assertNotIn(str(BUILD.parents[1]), path.read_text(encoding="utf-8"), path.name)

    @unittest.skipUnless(shutil.which("dpkg-deb") and shutil.which("cpack"), "needs dpkg-deb and cpack")
    def test_the_debian_package_names_what_it_needs_and_runs(self):
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", self.folder / "deb")
        (package,) = (self.folder / "deb").glob("ismulate_*.deb")
        depends = run("dpkg-deb", "--field", package, "Depends")
        if shutil.which("dpkg-shlibdeps"):
            for library in ("libc6", "libstdc++6", "libhdf5", "libcfitsio", "libhwy"):
                self.assertIn(library, depends)
        self.assertNotIn("torch", run("dpkg-deb", "--contents", package).lower())
        run("dpkg-deb", "--extract", package, self.folder / "root")
        root = self.folder / "root/usr"
        self.assertIn("themis", run(root / "bin/ismulate", "models"))
        for name in ("include/ism.h", "share/doc/ismulate/copyright"):
            self.assertTrue((root / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
