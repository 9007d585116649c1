// Who has to catch: a mark at the top of the picture that says so for as long as it holds, and what a toast says of a catch.

import { element, make } from './dom.mjs';

const nameOf = (id, model) => model.peers.find((peer) => peer.id === id)?.name ?? `Member ${id}`;

/// `model` is the game's; its `it` is 0 when nobody has to.
export function showTag(model) {
  const mark = element('tag');
  const mine = model.it === model.me;
  const name = model.it === 0 || mine ? '' : nameOf(model.it, model);
  const rest = model.it === 0 ? '' : mine ? 'You are it. Catch somebody!' : ' is it. Run!';
  if (mark.textContent !== name + rest) mark.replaceChildren(...(name ? [make('span', 'name', name), make('span', '', rest)] : [rest]));
  mark.classList.toggle('mine', mine);
}

/// About a notice of the kind "caught".
export function wordsOfCatch({ id, by }, model) {
  if (by === 0) return '';  // the mark says so
  if (id === model.me) return `${nameOf(by, model)} caught you`;
  return by === model.me ? `You caught ${nameOf(id, model)}` : `${nameOf(by, model)} caught ${nameOf(id, model)}`;
}
