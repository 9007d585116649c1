// What stands over the scene while one plays: the room's code, the link to share, who is here and how they are connected.

import { shareLink } from './address.mjs';
import { kMostBars, linkQuality } from './link_quality.mjs';
import { toast } from './toasts.mjs';
import { milliseconds } from './units.mjs';

const element = (id) => document.getElementById(id);
const kPaths = { direct: 'direct', turn: 'TURN', relay: 'relay', none: 'connecting' };

function make(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

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

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function roundTrip(rtt) {
  if (rtt === undefined) return '';
  return `${milliseconds(rtt)} · `;
}

export class Hud {
  #rows = new Map();
  #code = '';

  constructor({ leave }) {
    element('leave').addEventListener('click', leave);
    element('share').addEventListener('click', () => this.#share());
    const toggle = element('members-toggle');
    const setOpen = (open) => {
      toggle.setAttribute('aria-expanded', String(open));
      element('members-card').classList.toggle('closed', !open);
    };
    toggle.addEventListener('click', () => setOpen(toggle.getAttribute('aria-expanded') !== 'true'));
    setOpen(matchMedia('(min-width: 601px)').matches);
  }

  /// `model` is the game's: see Game::model().
  show(model) {
    this.#code = model.code ?? '';
    setText(element('code'), this.#code);
    const members = [{ id: model.me, name: model.name, colour: model.colour }, ...model.peers];
    setText(element('members-count'), `${members.length} of ${model.size} here`);
    element('alone').hidden = model.peers.length > 0;
    const list = element('members');
    for (const [id, parts] of this.#rows) {
      if (members.some((member) => member.id === id)) continue;
      parts.item.remove();
      this.#rows.delete(id);
    }
    for (const member of members) {
      if (!this.#rows.has(member.id)) {
        const parts = row(member.id);
        this.#rows.set(member.id, parts);
        list.append(parts.item);
      }
      this.#fill(this.#rows.get(member.id), member, model);
    }
  }

  #fill(parts, member, model) {
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
    else setText(parts.way, (member.path === 'none' ? '' : roundTrip(member.rtt)) + kPaths[member.path]);
  }

  async #share() {
    const link = shareLink(this.#code);
    const data = { title: 'Cubes', text: `Join me in room ${this.#code}`, url: link };
    try {
      if (matchMedia('(pointer: coarse)').matches && navigator.canShare?.(data)) {
        await navigator.share(data);
        return;
      }
      await copy(link);
      this.#say('Copied');
    } catch (error) {
      if (error.name === 'AbortError') return;
      toast(`Copy the link yourself: ${link}`, { trouble: true });
    }
  }

  #say(text) {
    setText(element('share-text'), text);
    setTimeout(() => setText(element('share-text'), 'Copy link'), 1800);
  }
}

// Pages that are not served by https have no clipboard: then the old way, by a field that is selected.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'off-screen';
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (!copied) throw new Error('not copied');
  return undefined;
}
