// Without this, a cell is a link to its cases. With it, a cell is a button that opens the evidence in place.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);

  // A case's evidence in one run, taken from where it stands on the page anyway.
  const evidence = (number, run) => {
    const whole = byId(`c-${number}`), seen = byId(`e-${number}-${run}`);
    if (!whole || !seen) return null;
    const shown = document.createElement("details");
    shown.className = "shown";
    shown.append(whole.querySelector("summary").cloneNode(true));
    const mark = seen.querySelector("h4 .mark");
    if (mark) shown.querySelector("summary .mark").replaceWith(mark.cloneNode(true));
    const copy = seen.cloneNode(true);
    copy.removeAttribute("id");
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

  for (const link of document.querySelectorAll("a.cell")) {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.className = link.className;
    cell.dataset.run = link.dataset.run;
    cell.setAttribute("aria-label", link.getAttribute("aria-label"));
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

  const only = byId("only-bad"), matrix = document.querySelector(".matrix");
  only.closest("p").hidden = false;
  only.addEventListener("change", () => {
    matrix.classList.toggle("only-bad", only.checked);
    const shown = matrix.querySelectorAll(only.checked ? ".clause.bad" : ".clause").length;
    byId("how-many").textContent = `${shown} of ${matrix.querySelectorAll(".clause").length} clauses`;
  });
})();
