"""Data: bring tables, say what they hold, have them checked."""

from mtrec_core.ui import frame
from mtrec_core.ui.texts import _

view = frame.begin(_("Data"), ":material/table_chart:")
with frame.guarded():
    frame.empty_state(
        ":material/table_chart:",
        _("No data yet"),
        _("Import tables from the command line: python -m mtrec_core import FILES --name NAME"),
    )
