"""System: what runs where, and whether all is well."""

from mtrec_core.ui import frame
from mtrec_core.ui.texts import _

view = frame.begin(_("System"), ":material/dns:")
with frame.guarded():
    frame.empty_state(":material/dns:", _("Nothing to show yet"), _("See: python -m mtrec_core doctor"))
