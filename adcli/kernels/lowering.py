"""Moved: see `machine.lowering`."""

from ..machine.lowering import *  # noqa
from ..machine.lowering import MACHINE, Lowering, is_instruction  # noqa
