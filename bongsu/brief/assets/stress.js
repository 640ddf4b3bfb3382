// The stress page: its drawings stand in the page; a mark under the pointer also shows its row in the table.
"use strict";
(() => {
  const { start } = globalThis.bongsuPage;
  const rows = (fid) => document.querySelectorAll(`tr:has([data-fid="${CSS.escape(fid)}"])`);
  const light = (on) => (event) => {
    const mark = event.target.closest?.("svg [data-fid]");
    if (mark) for (const row of rows(mark.dataset.fid)) row.classList.toggle("lit", on);
  };
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, light(true));
  for (const kind of ["pointerout", "focusout"]) document.addEventListener(kind, light(false));
  start({});
})();
