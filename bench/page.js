// Runs in every document of the page that is measured, before anything of its own: tells when a
// save is seen, as `bench KIND NUMBER MILLISECONDS` with the clock of this computer.
(() => {
  const seen = {};

  const tell = (kind, number) => {
    if (number && seen[kind] !== number) console.info(`bench ${kind} ${number} ${Date.now()}`);
    seen[kind] = number;
  };

  // In each frame what that frame is about to show.
  const look = () => {
    requestAnimationFrame(look);
    const text = document.querySelector("#text");
    if (!text) return;
    tell("css", getComputedStyle(text).zIndex);
    tell("html", text.textContent);
  };

  requestAnimationFrame(look);
  addEventListener("load", () => tell("js", window.saved));
})();
