// Short words on what just happened. They go by themselves; a screen reader reads them out.

const kMost = 4;

/// `trouble`: stays longer and looks like it.
export function toast(text, { trouble = false, colour } = {}) {
  const place = document.getElementById('toasts');
  const item = document.createElement('div');
  item.className = trouble ? 'toast trouble' : 'toast';
  item.dataset.testid = 'toast';
  if (colour) {
    const swatch = document.createElement('span');
    swatch.className = 'swatch';
    swatch.style.setProperty('--colour', colour);
    item.append(swatch);
  }
  const words = document.createElement('span');
  words.textContent = text;
  item.append(words);
  place.append(item);
  while (place.children.length > kMost) place.firstElementChild.remove();
  setTimeout(() => item.classList.add('going'), trouble ? 8000 : 4200);
  setTimeout(() => item.remove(), trouble ? 8400 : 4600);
}
