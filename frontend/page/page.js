// Marks what comes from the same lines of source as the element under the pointer. A click keeps the marks.
(() => {
  const byLine = new Map();
  for (const element of document.querySelectorAll('[data-lines]'))
    for (const line of element.dataset.lines.split(' ')) {
      if (!byLine.has(line)) byLine.set(line, []);
      byLine.get(line).push(element);
    }
  let marked = [];
  let kept = false;

  const isVisible = (element, pane) => {
    const box = element.getBoundingClientRect(), frame = pane.getBoundingClientRect();
    return box.bottom > frame.top && box.top < frame.bottom;
  };

  // Panes other than the one under the pointer move to their first mark, unless a mark is in sight.
  const show = (origin) => {
    for (const pane of document.querySelectorAll('.scroll')) {
      if (pane === origin) continue;
      const marks = pane.querySelectorAll('.on');
      if (marks.length === 0 || [...marks].some((mark) => isVisible(mark, pane))) continue;
      const box = marks[0].getBoundingClientRect(), frame = pane.getBoundingClientRect();
      pane.scrollTop += box.top - frame.top - pane.clientHeight / 3;
      pane.scrollLeft += Math.min(0, box.left - frame.left - 20) +
        Math.max(0, Math.min(box.right, box.left + pane.clientWidth) - frame.right + 20);
    }
  };

  const clear = () => {
    for (const element of marked) element.classList.remove('on');
    marked = [];
  };

  const mark = (element) => {
    clear();
    for (const line of element.dataset.lines.split(' '))
      for (const other of byLine.get(line)) {
        other.classList.add('on');
        marked.push(other);
      }
    show(element.closest('.scroll'));
  };

  document.addEventListener('mouseover', (event) => {
    if (kept) return;
    const element = event.target.closest('[data-lines]');
    if (element) mark(element); else clear();
  });
  document.addEventListener('click', (event) => {
    const element = event.target.closest('[data-lines]');
    kept = Boolean(element);
    if (element) mark(element); else clear();
  });
})();
