"""Tests that take many seconds of CPU, and so do not run at every turn."""

import os

import pytest

in_ci = pytest.mark.skipif(
    "true" not in (os.environ.get("CI"), os.environ.get("DEPLOYMENT_TESTS")),
    reason="dear: runs in CI, or with DEPLOYMENT_TESTS=true",
)
