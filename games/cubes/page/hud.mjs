// The members' card while one plays: who is here and how they are connected. The room's bar is room_bar.mjs.

import { byPointer, element, focusScene, make, setText } from './dom.mjs';
import { kMostBars, linkQuality } from './link_quality.mjs';
import { kPaths } from './paths.mjs';
import { milliseconds } from './units.mjs';

function row(id) {
  const item = document.createElement('li');
  item.dataset.testid = 'member';
  item.dataset.id = id;
  const who = make('span', 'who');
  const parts = { item, swatch: make('span', 'swatch'), name: make('span', 'name'), you: make('span', 'tag', 'you'), host: make('span', 'tag host', 'host'), link: make('span', 'link') };
  who.append(parts.name, parts.you, parts.host);
  parts.bars = make('span', 'bars');
  parts.bars.setAttribute('role', 'img');
  for (let bar = 0; bar < kMostBars; ++bar) parts.bars.append(make('i', ''));
  parts.way = make('span', 'way');
  parts.link.append(parts.bars, parts.way);
  item.append(parts.swatch, who, parts.link);
  return parts;
}

function roundTrip(rtt) {
  if (rtt === undefined) return '';
  return `${milliseconds(rtt)} · `;
}

export class Hud {
  #rows = new Map();
  #menu;

  /// `menu`: what the host can do with a member, see member_menu.mjs.
  constructor({ menu }) {
    this.#menu = menu;
    const toggle = element('members-toggle');
    const setOpen = (open) => {
      toggle.setAttribute('aria-expanded', String(open));
      element('members-card').classList.toggle('closed', !open);
    };
    toggle.addEventListener('click', (event) => {
      setOpen(toggle.getAttribute('aria-expanded') !== 'true');
      if (byPointer(event)) focusScene();
    });
    setOpen(matchMedia('(min-width: 601px)').matches);
  }

  /// `model` is the game's: see Game::model().
  show(model) {
    const members = [{ id: model.me, name: model.name, colour: model.colour }, ...model.peers];
    setText(element('members-count'), `${members.length} of ${model.size} here`);
    element('alone').hidden = model.peers.length > 0;
    const list = element('members');
    for (const [id, parts] of this.#rows) {
      if (members.some((member) => member.id === id)) continue;
      const focused = parts.item.contains(document.activeElement);
      this.#menu.closeOf(parts.actions);
      parts.item.remove();
      // Who goes on by keyboard is not to begin anew at the top of the page.
      if (focused) element('members-toggle').focus({ preventScroll: true });
      this.#rows.delete(id);
    }
    for (const member of members) {
      if (!this.#rows.has(member.id)) {
        const parts = row(member.id);
        parts.actions = this.#menu.button(() => parts.member);
        parts.item.append(parts.actions);
        this.#rows.set(member.id, parts);
        list.append(parts.item);
      }
      this.#fill(this.#rows.get(member.id), member, model);
    }
  }

  #fill(parts, member, model) {
    parts.member = member;
    const focused = parts.actions === document.activeElement;
    parts.actions.hidden = model.host !== model.me || member.id === model.me;
    if (parts.actions.hidden) {
      this.#menu.closeOf(parts.actions);
      if (focused) element('members-toggle').focus({ preventScroll: true });
    }
    parts.actions.setAttribute('aria-label', `Actions for ${member.name}`);
    parts.swatch.style.setProperty('--colour', member.colour);
    setText(parts.name, member.name);
    parts.name.title = member.name;
    parts.you.hidden = member.id !== model.me;
    parts.host.hidden = member.id !== model.host;
    parts.link.hidden = member.id === model.me;
    if (member.id === model.me) return;
    parts.item.classList.toggle('away', Boolean(member.away));
    parts.link.dataset.path = member.away ? 'none' : member.path;
    const { bars, words } = linkQuality(member);
    parts.bars.dataset.bars = bars;
    parts.bars.setAttribute('aria-label', words);
    parts.link.title = words;
    if (member.away) setText(parts.way, 'away');
    else setText(parts.way, (member.path === 'none' ? '' : roundTrip(member.rtt)) + (member.path === 'none' ? 'connecting' : kPaths[member.path].word));
  }
}
