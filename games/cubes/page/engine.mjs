// The game's WebAssembly module as an object with methods. See games/cubes/page_bridge.hpp.

import createCubes from './cubes.mjs';

const kErrors = ['', 'no_webgl2', 'no_shader'];

/// Loads the module and begins on the canvas. The result's `error` is '' when all is well.
export async function startEngine(canvas) {
  const module = await createCubes();
  const text = (name, kinds, values) => module.ccall(`cubes_${name}`, 'string', kinds, values);
  const kinds = (values) => values.map((value) => (typeof value === 'number' ? 'number' : 'string'));  // null is a text, too
  const tell = (name, ...values) => module.ccall(`cubes_${name}`, null, kinds(values), values);
  const error = kErrors[module.ccall('cubes_start', 'number', ['string'], [canvas])] ?? 'no_shader';
  return {
    error,
    /// As `error`, at any time: shaders may fail when a context that was lost comes back.
    failure: () => kErrors[module._cubes_error()] ?? 'no_shader',
    log: () => text('log', [], []),
    resize: module._cubes_resize,
    frame: module._cubes_frame,
    tick: module._cubes_tick,
    input: (x, z, jump) => module._cubes_input(x, z, jump ? 1 : 0),
    look: module._cubes_look,
    zoom: module._cubes_zoom,
    shift: module._cubes_shift,
    calm: (on) => module._cubes_calm(on ? 1 : 0),
    away: (on) => module._cubes_away(on ? 1 : 0),
    day: module._cubes_day,
    crowd: module._cubes_crowd,
    play: module._cubes_play,
    // Into a room and out of it.
    create: (name, { size = 8, title = '', password = '', listed = false } = {}) => tell('create', name, size, title, password, Number(listed)),
    join: (name, { code, ticket = '', password = '' }) => tell('join', name, code, ticket, password),
    search: (name) => tell('search', name),
    leave: module._cubes_leave,
    // The host's. `password` null: as it is.
    change: ({ title, size, password = null, listed, locked }) => tell('change', title, size, password, Number(listed), Number(locked)),
    kick: module._cubes_kick,
    ban: module._cubes_ban,
    makeHost: module._cubes_make_host,
    // The list of rooms, fresh from openRooms() to closeRooms().
    openRooms: ({ byMembers, hasSpace, withoutPassword, most }) => module._cubes_rooms_open(Number(byMembers), Number(hasSpace), Number(withoutPassword), most),
    closeRooms: module._cubes_rooms_close,
    rooms: () => JSON.parse(text('rooms', [], [])),
    model: () => text('model', [], []),
    network: (explained) => JSON.parse(module.ccall('cubes_network', 'string', ['number'], [explained])),
    conditions: (name) => JSON.parse(text('conditions', ['string'], [name])),
    /// What the room says to it; null takes it off.
    condition: (wanted) => {
      if (!wanted) {
        module._cubes_condition_off();
        return 'taken';
      }
      const values = ['delay_ms', 'jitter_ms', 'loss', 'burst', 'duplicate', 'rate', 'queue'].map((field) => wanted[field]);
      values.push(wanted.stalls ? 1 : 0);
      return text('condition', values.map(() => 'number'), values);
    },
    sounds: () => {
      const heard = text('sounds', [], []);
      return heard ? JSON.parse(heard).sounds : [];
    },
    snapshot: () => JSON.parse(text('snapshot', [], [])),
    notice: () => {
      const notice = text('notice', [], []);
      return notice ? JSON.parse(notice) : null;
    },
  };
}
