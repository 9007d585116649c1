// The bar at the top while one plays: which room this is, whether it is open, the panels to share and to change it, the way
// out; and below it the mark that stands as long as the server is out of reach.

import { element, setText } from './dom.mjs';
import { RoomSettings } from './room_settings.mjs';
import { SharePanel } from './share.mjs';

const kServerLost = 'The server is out of reach. You can play on; nobody new can join until it is back.';

export class RoomBar {
  #share = new SharePanel();
  #settings;

  constructor({ leave, change }) {
    this.#settings = new RoomSettings({ change });
    element('leave').addEventListener('click', leave);
  }

  /// `model` is the game's: see Game::model(). `match`: a quick match made or found the room.
  show(model, { match = false } = {}) {
    setText(element('code'), model.code);
    setText(element('room-title'), model.title || 'Room');
    element('room-bar').classList.toggle('titled', Boolean(model.title));
    element('locked').hidden = !model.locked;
    setText(element('server-mark'), model.server_lost ? kServerLost : '');
    setText(element('alone'), model.locked ? 'You are alone here, and the room is locked.'
      : match ? 'Nobody is here yet. The next player looking for a match joins you, or share the link. As soon as a second player is here, tag begins.'
        : 'You are alone here. Share the link: as soon as a second player is here, tag begins.');
    // What is to be done next.
    element('share').classList.toggle('primary', model.peers.length === 0 && !model.locked);
    this.#share.show(model);
    this.#settings.show(model);
  }
}
