"""Compare: several runs beside each other."""

from mtrec_core.ui import frame
from mtrec_core.ui.texts import _

view = frame.begin(_("Compare"), ":material/compare_arrows:")
with frame.guarded():
    frame.empty_state(
        ":material/compare_arrows:",
        _("No runs to compare yet"),
        _("Train two or more: python -m mtrec_core train sample_data/shop --seeds 2"),
    )
