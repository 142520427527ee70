"""The package, the C library in it and what is installed are of one version."""

import importlib.metadata

import resprout as rsp


def test_the_version_is_that_of_the_installed_package() -> None:
    assert rsp.__version__ == importlib.metadata.version("resprout")
