// Without this, a cell is a link to its cases. With it, a cell is a button that opens the evidence in place.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);

  // A case's evidence in one run, taken from where it stands on the page anyway.
  const evidence = (number, run) => {
    const whole = byId(`c-${number}`), seen = byId(`e-${number}-${run}`)?.closest(".evidence");
    if (!whole || !seen) return null;
    const shown = document.createElement("details");
    shown.className = "shown";
    shown.append(whole.querySelector("summary").cloneNode(true));
    const mark = seen.querySelector("h4 .mark");
    if (mark) shown.querySelector("summary .mark").replaceWith(mark.cloneNode(true));
    const copy = seen.cloneNode(true);
    copy.removeAttribute("id");
    copy.querySelectorAll("[id]").forEach((node) => node.remove());
    // Here it stands below a heading of the second level.
    const heading = document.createElement("h3");
    heading.append(...copy.querySelector("h4").childNodes);
    copy.querySelector("h4").replaceWith(heading);
    const setting = whole.querySelector(".setting").cloneNode(true);
    shown.append(copy, setting);
    shown.open = !mark || !mark.classList.contains("holds");
    return shown;
  };

  const close = (cell) => {
    cell.setAttribute("aria-expanded", "false");
    const panel = byId(cell.getAttribute("aria-controls"));
    panel.classList.remove("open");
    panel.querySelectorAll(".shown, .close").forEach((node) => node.remove());
    panel.querySelectorAll("[hidden]").forEach((node) => { node.hidden = false; });
  };

  const open = (cell) => {
    const panel = byId(cell.getAttribute("aria-controls"));
    document.querySelectorAll(`.cell[aria-expanded=true]`).forEach((other) => {
      if (other.getAttribute("aria-controls") === panel.id) close(other);
    });
    cell.setAttribute("aria-expanded", "true");
    panel.classList.add("open");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "close";
    button.textContent = "Close";
    button.addEventListener("click", () => { close(cell); cell.focus(); });
    panel.querySelector("td").prepend(button);
    const entries = [...panel.querySelectorAll(".panel-cases > li")];
    for (const entry of entries) {
      const shown = evidence(entry.dataset.case, cell.dataset.run);
      if (!shown) { continue; }
      [...entry.children].forEach((child) => { child.hidden = true; });
      if (entries.length === 1) shown.open = true;
      entry.append(shown);
    }
  };

  // What a mark and a column are called.
  const words = new Map([...document.querySelectorAll("[data-standing]")]
    .map((entry) => [entry.dataset.standing, entry.querySelector("b").textContent]));
  const labels = new Map([...document.querySelectorAll(".matrix thead [data-run]")]
    .map((heading) => [heading.dataset.run, heading.dataset.label]));

  for (const link of document.querySelectorAll("a.cell")) {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.className = link.className;
    cell.dataset.run = link.parentElement.dataset.run;
    const id = link.getAttribute("href").slice(3), standing = link.className.split(" ")[1];
    cell.setAttribute("aria-label", `${id}, ${labels.get(cell.dataset.run)}: ${words.get(standing)}, ` +
      `${link.textContent} cases as expected; evidence`);
    cell.setAttribute("aria-controls", link.getAttribute("href").slice(1));
    cell.setAttribute("aria-expanded", "false");
    cell.append(...link.childNodes);
    link.replaceWith(cell);
    cell.addEventListener("click", () => {
      if (cell.getAttribute("aria-expanded") === "true") close(cell); else open(cell);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const panel = event.target.closest?.(".panel");
    const cells = [...document.querySelectorAll(".cell[aria-expanded=true]")];
    const cell = cells.find((one) => one === event.target || one.getAttribute("aria-controls") === panel?.id);
    if (cell) { close(cell); cell.focus(); }
  });

  // A link into folded evidence must lead to it in every browser.
  const unfold = () => {
    const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS" && !node.open) { node.open = true; target.scrollIntoView(); }
    }
  };
  addEventListener("hashchange", unfold);
  unfold();

  const form = document.querySelector(".filter"), matrix = document.querySelector(".matrix");
  const [manager, level, typed, only] = ["of-manager", "of-level", "with-text", "only-bad"].map(byId);
  const bad = ".cell.fails, .cell.broken, .cell.noted, .cell.doubt, .cell.unexpected-pass";
  const texts = new WeakMap();
  const text = (node) => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };
  const off = (node, is) => node.classList.toggle("off", is);
  const filter = () => {
    const wanted = typed.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const has = (...nodes) => wanted.every((word) => nodes.some((node) => text(node).includes(word)));
    const others = new Set([...document.querySelectorAll(".runs tbody [data-run]")]
      .filter((row) => manager.value && row.dataset.called !== manager.value).map((row) => row.dataset.run));
    document.querySelectorAll("[data-run]:not(button)").forEach((node) => off(node, others.has(node.dataset.run)));
    const at_level = (node) => !level.value || node.dataset.level === level.value;
    let shown = 0;
    for (const row of matrix.querySelectorAll(".clause")) {
      const panel = row.nextElementSibling;
      const is_bad = [...row.querySelectorAll("td:not(.off)")].some((cell) => cell.querySelector(bad));
      const shows = at_level(row) && (!only.checked || is_bad) && has(row, panel);
      off(row, !shows);
      off(panel, !shows);
      shown += shows;
    }
    matrix.querySelectorAll("tbody").forEach((part) => off(part, !part.querySelector(".clause:not(.off)")));
    document.querySelectorAll(".failures li[data-level]").forEach((node) => off(node, !at_level(node) || !has(node)));
    document.querySelectorAll(".case").forEach((node) => off(node, !at_level(node) ||
      !has(node.firstElementChild, node.querySelector(".setting"))));
    byId("how-many").textContent = `${shown} of ${matrix.querySelectorAll(".clause").length} clauses`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
