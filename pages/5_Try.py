"""Try: ask a trained model."""

from mtrec_core.ui import frame
from mtrec_core.ui.texts import _

view = frame.begin(_("Try"), ":material/touch_app:")
with frame.guarded():
    frame.empty_state(
        ":material/touch_app:",
        _("No trained model yet"),
        _("Train one: python -m mtrec_core train sample_data/shop"),
    )
