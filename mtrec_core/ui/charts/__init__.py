"""Figures as plain functions from arrays to plotly, without streamlit. No torch here."""
