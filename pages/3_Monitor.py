"""Monitor: watch a run while it trains."""

from mtrec_core.ui import frame
from mtrec_core.ui.texts import _

view = frame.begin(_("Monitor"), ":material/monitoring:")
with frame.guarded():
    frame.empty_state(
        ":material/monitoring:", _("No run yet"), _("Start one: python -m mtrec_core train sample_data/shop")
    )
