"use strict";
(() => {
  const root = document.documentElement;
  const all = (what) => Array.from(document.querySelectorAll(what));
  const by = (id) => document.getElementById(id);
  root.classList.add("js");
  all("[hidden]").forEach((e) => { e.hidden = false; });

  // Colours: as the system, light, dark; kept where the browser allows that.
  const themes = ["auto", "light", "dark"];
  const names = { auto: "Auto", light: "Light", dark: "Dark" };
  let theme = "auto";
  try { theme = localStorage.getItem("thalweg-theme") || "auto"; } catch (e) { theme = "auto"; }
  const paint = () => {
    if (theme === "auto") { delete root.dataset.theme; } else { root.dataset.theme = theme; }
    by("theme-name").textContent = names[theme] || "Auto";
    by("theme").setAttribute("aria-label", "Colours: " + (theme === "auto" ? "as the system" : theme));
  };
  by("theme").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const order = dark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    theme = order[(order.indexOf(theme) + 1) % themes.length];
    try { localStorage.setItem("thalweg-theme", theme); } catch (e) { root.dataset.kept = "no"; }
    paint();
  });
  if (!themes.includes(theme)) { theme = "auto"; }
  paint();

  // The whole plan, or all of it as large as it is.
  const canvas = by("canvas");
  const zoom = (fit) => {
    canvas.classList.toggle("fit", fit);
    by("fit").setAttribute("aria-pressed", String(fit));
    by("full").setAttribute("aria-pressed", String(!fit));
  };
  by("fit").addEventListener("click", () => zoom(true));
  by("full").addEventListener("click", () => zoom(false));
  zoom(canvas.clientWidth > 0.62 * by("graph").viewBox.baseVal.width);

  // One operator at a time.
  const cards = all(".op");
  const select = (id, scroll) => {
    const shown = by("op-" + id);
    if (!shown) { return; }
    all(".operator").forEach((e) => e.classList.toggle("on", e === shown));
    cards.forEach((e) => {
      if (e.dataset.op === id) { e.setAttribute("aria-current", "true"); } else { e.removeAttribute("aria-current"); }
    });
    all(".edge, .label").forEach((e) => e.classList.toggle("on", e.dataset.from === id || e.dataset.to === id));
    by("details").scrollTop = 0;
    if (scroll) { reveal(cards.find((e) => e.dataset.op === id)); }
  };
  const reveal = (card) => {
    const box = card.getBoundingClientRect();
    const view = canvas.getBoundingClientRect();
    canvas.scrollBy(box.left + box.width / 2 - view.left - view.width / 2, box.top + box.height / 2 - view.top - view.height / 2);
  };
  const narrow = () => matchMedia("(max-width: 1000px)").matches;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#op-']");
    if (!link) { return; }
    event.preventDefault();
    const id = link.getAttribute("href").slice(4);
    const inGraph = link.classList.contains("op");
    select(id, !inGraph);
    // A page within another one has no address of its own.
    try { history.replaceState(null, "", "#op-" + id); } catch (e) { root.dataset.at = id; }
    if (narrow()) { by("op-" + id).scrollIntoView({ block: "nearest" }); }
    if (!inGraph) {
      if (!narrow()) { canvas.scrollIntoView({ block: "nearest" }); }
      cards.find((e) => e.dataset.op === id).focus({ preventScroll: true });
    }
  });
  addEventListener("hashchange", () => select(location.hash.slice(4), true));

  // Arrow keys go to the nearest operator in their direction.
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    const from = event.target.closest(".op");
    if (!way || !from) { return; }
    event.preventDefault();
    let best = null;
    let least = Infinity;
    cards.forEach((card) => {
      const x = card.dataset.x - from.dataset.x;
      const y = card.dataset.y - from.dataset.y;
      const along = x * way[0] + y * way[1];
      const across = Math.abs(x * way[1]) + Math.abs(y * way[0]);
      if (along > 1 ? along + 2 * across < least : false) { best = card; least = along + 2 * across; }
    });
    if (best) { best.focus(); select(best.dataset.op, true); }
  });

  // First what the reader asked for, else what takes the most time.
  const asked = location.hash.startsWith("#op-") ? by(location.hash.slice(1)) : null;
  const heat = (e) => Number(e.style.getPropertyValue("--heat"));
  const first = cards.reduce((most, e) => (heat(e) > heat(most) ? e : most), cards[cards.length - 1]);
  select(asked ? asked.id.slice(3) : first.dataset.op, true);
})();
