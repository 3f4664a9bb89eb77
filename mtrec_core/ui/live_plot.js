// Keeps one node per chart. Streamlit calls this again with the same parentElement whenever the data change.

const NARROW = 640;

function library(source) {
  // One script for all charts of the page.
  window.mtrecPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(source, document.baseURI).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.min.js could not be loaded"));
    document.head.appendChild(script);
  });
  return window.mtrecPlotly;
}

function layoutFor(figure, width) {
  return width < NARROW ? { ...figure.layout, ...figure.narrow } : figure.layout;
}

export default function (component) {
  const { data, parentElement } = component;
  const figure = JSON.parse(data.figure);
  let node = parentElement.querySelector(".mtrec-live-plot");
  if (!node) {
    node = document.createElement("div");
    node.className = "mtrec-live-plot";
    node.setAttribute("role", "figure");
    parentElement.appendChild(node);
  }
  node.setAttribute("aria-label", data.alt);
  node.mtrecFigure = figure;

  const draw = (Plotly) => {
    if (!node.isConnected) return;
    const layout = layoutFor(node.mtrecFigure, node.clientWidth);
    node.style.height = `${layout.height}px`;
    node.mtrecWidth = node.clientWidth;
    Plotly.react(node, node.mtrecFigure.data, { ...layout, width: node.clientWidth }, node.mtrecFigure.config);
  };
  node.style.height = `${layoutFor(figure, node.clientWidth).height}px`;
  library(data.source).then(draw, () => { node.textContent = data.alt; });

  if (!node.mtrecObserver) {
    // The sidebar opens and closes without the window changing its size.
    node.mtrecObserver = new ResizeObserver(() => {
      if (Math.abs(node.clientWidth - node.mtrecWidth) > 1) library(data.source).then(draw);
    });
    node.mtrecObserver.observe(node);
  }
  // Streamlit also calls this for a call that was overtaken by newer data, when the node must stay.
  return () => setTimeout(() => {
    if (node.isConnected) return;
    node.mtrecObserver.disconnect();
    if (window.Plotly) window.Plotly.purge(node);
  }, 0);
}
