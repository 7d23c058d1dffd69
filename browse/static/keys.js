// Keys: / to the search field, j and k to the next and the previous article of a list, s to save. Every one has a link or a box beside it.
"use strict";
{
  const OFF = "clippings-keys-off";
  const line = document.getElementById("keys");
  const button = document.getElementById("keys-off");
  const hits = [...document.querySelectorAll("main .hit, main [data-row]")];
  const keep = document.getElementById("keep");
  const save = document.getElementById("save-open");
  let off = false;
  try { off = localStorage.getItem(OFF) === "1"; } catch { /* no storage: the keys are on */ }

  const say = () => {
    line.firstElementChild.hidden = off;
    button.textContent = off ? "Turn keys on" : "Turn keys off";
  };
  button.addEventListener("click", () => {
    off = !off;
    try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* until the page is left */ }
    say();
  });
  const works = { j: hits.length > 0, k: hits.length > 0, s: Boolean(keep || save) };
  for (const key of line.querySelectorAll("[data-key]")) key.hidden = !works[key.dataset.key];
  line.hidden = false;
  say();

  const current = () => hits.findIndex((hit) => hit.contains(document.activeElement));
  const go = (step) => {
    const at = current();
    const next = hits[at < 0 ? (step > 0 ? 0 : hits.length - 1) : at + step];
    (next?.querySelector("[data-headline]") ?? next?.querySelector("a"))?.focus();
  };
  const count = () => {
    const ticked = document.querySelectorAll("input[form='keep']:checked").length;
    const first = keep.querySelector("button:not([name])");
    first.textContent = ticked ? `Save the ticked (${ticked})` : "Save the ticked";
  };
  if (keep) {
    document.addEventListener("change", count);
    addEventListener("pageshow", count); // a browser that goes back keeps the ticks
  }
  const keepIt = () => {
    const box = hits[current()]?.querySelector("input[form='keep']");
    if (box) box.click();
    else if (keep) keep.querySelector("select").focus();
    else if (save) {
      save.parentElement.open = true;
      save.parentElement.querySelector("select").focus();
    } else return false;
    return true;
  };
  const isTyping = (element) => element.isContentEditable || element.matches("textarea, select, input:not([type='checkbox'], [type='radio'])");

  document.addEventListener("keydown", (event) => {
    if (off || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) return;
    let done = true;
    if (event.key === "/") {
      const field = document.getElementById("q") ?? document.getElementById("top-q");
      field?.focus();
      field?.select();
    } else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "s") done = keepIt();
    else done = false;
    if (done) event.preventDefault();
  });
}
