"""What the pages are built from: the only place in mtrec_core that imports streamlit. No torch here."""
