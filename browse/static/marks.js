// Takes the passage that is selected in an article into the form that marks it. Without it, the passage is pasted there.
"use strict";
{
  const form = document.getElementById("mark-form");
  const article = document.querySelector("main > article");
  if (form && article) {
    const CONTEXT = 64;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "mark-it";
    button.textContent = "Mark";
    button.hidden = true;
    document.body.append(button);
    let range = null;

    const textOf = (place) => {
      const part = document.createRange();
      part.selectNodeContents(article);
      place(part);
      return part.toString();
    };
    document.addEventListener("selectionchange", () => {
      const selection = getSelection();
      const chosen = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
      range = chosen && article.contains(chosen.commonAncestorContainer) && selection.toString().trim() ? chosen : null;
      button.hidden = !range;
      if (!range) return;
      const box = range.getBoundingClientRect();
      button.style.setProperty("top", `${scrollY + box.bottom + 4}px`);
      button.style.setProperty("left", `${Math.max(4, Math.min(scrollX + box.left, innerWidth - 80))}px`);
    });
    button.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays
    button.addEventListener("click", () => {
      if (!range) return;
      const { startContainer, startOffset, endContainer, endOffset } = range;
      form.elements.quote.value = getSelection().toString();
      form.elements.before.value = textOf((part) => part.setEnd(startContainer, startOffset)).slice(-CONTEXT);
      form.elements.after.value = textOf((part) => part.setStart(endContainer, endOffset)).slice(0, CONTEXT);
      form.closest("details").open = true;
      button.hidden = true;
      form.elements.words.focus();
    });
  }
}
