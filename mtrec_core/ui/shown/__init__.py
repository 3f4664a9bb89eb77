"""What Compare and the report show of runs: figure, table, sentence. No streamlit, no torch."""
