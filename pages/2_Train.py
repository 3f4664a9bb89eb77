"""Train: weigh the tasks, choose settings, start a run."""

from mtrec_core.ui import frame
from mtrec_core.ui.texts import _

view = frame.begin(_("Train"), ":material/tune:")
with frame.guarded():
    frame.empty_state(
        ":material/tune:",
        _("Nothing to train yet"),
        _("Import data first: python -m mtrec_core import FILES --name NAME"),
    )
