"""What `streamlit run app.py` serves: `home.py`, the pages beside it, and a way for uploads to the disk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread

import streamlit as st
from starlette.middleware import Middleware

from mtrec_core.ui import upload_route
from mtrec_core.ui.early_imports import import_early


@asynccontextmanager
async def lifespan(served: st.App) -> AsyncIterator[None]:
    """What goes on beside the pages."""
    Thread(target=import_early, name="early imports", daemon=True).start()
    async with upload_route.lifespan(served):
        yield


app = st.App("home.py", lifespan=lifespan, middleware=[Middleware(upload_route.UploadsToDisk)])
