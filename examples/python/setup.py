"""The wheel is for one system if it carries the program (bin/elbo beside this file), and for all if it does not."""

import os

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

# After setuptools, which brings it where Python has none.
from distutils.command.build_scripts import build_scripts  # isort: skip

HERE = os.path.dirname(os.path.abspath(__file__))
# Where scripts/package puts the program.
PROGRAM = os.path.join("bin", "elbo")
CARRIES = os.path.exists(os.path.join(HERE, PROGRAM))
# What the program needs of a system.
PLATFORM = "manylinux_2_35_x86_64"


class Package(Distribution):
    def has_ext_modules(self):
        # A program belongs beside extension modules, among what depends on the system.
        return CARRIES


class Wheel(bdist_wheel):
    def get_tag(self):
        return ("py3", "none", PLATFORM) if CARRIES else super().get_tag()


class Program(build_scripts):
    """Copies the program as it is: the usual command reads a script's first line as text, to put an interpreter's path there."""

    def copy_scripts(self):
        self.mkpath(self.build_dir)
        made = [os.path.join(self.build_dir, os.path.basename(path)) for path in self.scripts]
        for source, copy in zip(self.scripts, made):
            self.copy_file(source, copy, preserve_mode=False)
            os.chmod(copy, 0o755)
        return made, made


setup(
    distclass=Package,
    cmdclass={"bdist_wheel": Wheel, "build_scripts": Program},
    # The command `elbo` is the program itself, which answers in a tenth of the time that Python takes to start it.
    scripts=[PROGRAM] if CARRIES else [],
    entry_points={"console_scripts": [] if CARRIES else ["elbo = elbo_vae.__main__:main"]})
