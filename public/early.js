// Runs before the program arrives: the language and the theme that were chosen, and a word where the program does not
// come. The program reads and writes the same choices (app/src/session/storage.rs).
{
  const root = document.documentElement;
  let kept = "";
  try {
    kept = localStorage.getItem("podyard.preferences") ?? "";
  } catch {
    // A browser that keeps nothing is no error.
  }
  const chosen = (key) => new RegExp(`(?:^| )${key}=(\\w+)`).exec(kept)?.[1];
  root.lang = (chosen("language") ?? navigator.language).startsWith("ko") ? "ko" : "en";
  const theme = chosen("theme");
  if (theme) root.dataset.theme = theme;

  const failed = () => document.getElementById("shell")?.setAttribute("data-failed", "");
  addEventListener("unhandledrejection", failed);
  // Files that do not come tell the window while the event goes down to them.
  addEventListener("error", ({ target }) => {
    if (target === window || target.tagName === "SCRIPT") failed();
  }, true);
}
