"""What `streamlit run app.py` serves: `home.py`, the pages beside it, and a way for uploads to the disk."""

import streamlit as st
from starlette.middleware import Middleware

from mtrec_core.ui.upload_route import UploadsToDisk, lifespan

app = st.App("home.py", lifespan=lifespan, middleware=[Middleware(UploadsToDisk)])
