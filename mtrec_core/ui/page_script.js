// Runs beside every page: loads what draws charts and tables while nobody waits for it, and asks for the page
// anew when the reader's theme is another than it was drawn for, since charts get their colours from the server.
export default function ({ setTriggerValue }) {
  window.mtrecEarly ??= setTimeout(() => (window.requestIdleCallback ?? setTimeout)(async () => {
    for (const script of EARLY_SCRIPTS) await import(new URL(script, document.baseURI).href).catch(() => {});
  }), 1000);

  const scheme = matchMedia("(prefers-color-scheme: dark)");
  let waiting;
  const look = () => {
    clearTimeout(waiting);
    // Once for each change: a theme that was chosen in another way never becomes what the browser prefers.
    if (scheme.matches === DRAWN_DARK || window.mtrecAskedFor === scheme.matches) return;
    waiting = setTimeout(() => {
      window.mtrecAskedFor = scheme.matches;
      setTriggerValue("theme", scheme.matches ? "dark" : "light");
    }, 300);
  };
  const changed = () => {
    window.mtrecAskedFor = undefined;
    look();
  };
  scheme.addEventListener("change", changed);
  look();
  return () => {
    clearTimeout(waiting);
    scheme.removeEventListener("change", changed);
  };
}
