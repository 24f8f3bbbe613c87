"use strict";
const roll = document.getElementById("roll");
const body = roll.tBodies[0];
const rows = [...body.rows];
const name = document.getElementById("name");
const trait = document.getElementById("trait");
const shown = document.getElementById("shown");
const order = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const names = new Map(rows.map(row => [row, plain(row.cells[0].textContent)]));
const traits = new Map(rows.map(row => [row, new Set(row.dataset.traits.split(" "))]));

const narrow = () => {
  const wanted = plain(name.value.trim());
  let count = 0;
  for (const row of rows) {
    row.hidden = !(names.get(row).includes(wanted) && (!trait.value || traits.get(row).has(trait.value)));
    count += !row.hidden;
  }
  shown.textContent = shown.dataset.shown.replace("{count}", count).replace("{total}", rows.length);
};

[...roll.tHead.rows[0].cells].forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  head.ariaSort = column ? "none" : "ascending";
  button.addEventListener("click", () => {
    const falling = head.ariaSort === "none" ? column > 0 : head.ariaSort === "ascending";
    for (const other of roll.tHead.rows[0].cells) other.ariaSort = "none";
    head.ariaSort = falling ? "descending" : "ascending";
    const sign = falling ? -1 : 1;
    const compare = column
      ? (a, b) => a.cells[column].dataset.key - b.cells[column].dataset.key
      : (a, b) => order.compare(names.get(a), names.get(b));
    body.append(...rows.sort((a, b) => sign * compare(a, b) || order.compare(names.get(a), names.get(b))));
  });
});

name.addEventListener("input", narrow);
trait.addEventListener("change", narrow);
const form = document.getElementById("narrow");
form.addEventListener("submit", event => event.preventDefault());
form.hidden = false;
narrow();
