"""The wheel is for one system if it carries the program (elbo_vae/bin/elbo), and for all if it does not."""

import os

from setuptools import Distribution, setup

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel

HERE = os.path.dirname(os.path.abspath(__file__))
CARRIES = os.path.exists(os.path.join(HERE, "elbo_vae", "bin", "elbo"))
# What `elbo_vae/program.py` asks of a system before it starts the program.
PLATFORM = "manylinux_2_35_x86_64"


class Package(Distribution):
    def has_ext_modules(self):
        # A program belongs beside extension modules, among what depends on the system.
        return CARRIES


class Wheel(bdist_wheel):
    def get_tag(self):
        return ("py3", "none", PLATFORM) if CARRIES else super().get_tag()


setup(distclass=Package, cmdclass={"bdist_wheel": Wheel})
