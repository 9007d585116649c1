// Small words for the page's elements.

export const element = (id) => document.getElementById(id);

export function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/// Leaves the node alone where nothing changes, so that a screen reader hears of changes only.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/// A button that does `action`.
export function makeButton(text, action, className = '') {
  const button = make('button', className, text);
  button.type = 'button';
  button.addEventListener('click', action);
  return button;
}

/// Whether a pointer did it, not a key: then what comes next is meant for the game, and Space is to jump.
export const byPointer = (event) => event.detail > 0;
/// Keys are the game's.
export const focusScene = () => element('scene').focus({ preventScroll: true });

/// Shows what a slider stands at in the <output> beside it.
export function showValue(slider, output) {
  const show = () => setText(output, slider.value);
  slider.addEventListener('input', show);
  show();
}

/// Passwords have at most 64 bytes; a field counts letters.
export const fitsPassword = (text) => new TextEncoder().encode(text).length <= 64;
