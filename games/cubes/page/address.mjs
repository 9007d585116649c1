// The page's address: what it asks for, and the link that brings others into the room.

/// { room, create, name, size, stress, ratio, day }: what stands in the query, each undefined when it does not.
export function readAddress(query = location.search) {
  const given = new URLSearchParams(query);
  const number = (key, least, most, parse = Number.parseInt) => {
    const value = parse(given.get(key) ?? '', 10);
    return Number.isFinite(value) ? Math.min(Math.max(value, least), most) : undefined;
  };
  return {
    room: given.get('room') ?? undefined,
    create: given.has('new'),
    name: given.get('name')?.trim() || undefined,
    size: number('size', 2, 64),
    // A measurement, no game: a link into a room loads nobody's machine with it.
    stress: given.has('room') || given.has('new') ? undefined : number('stress', 1, 16000),
    ratio: number('ratio', 0.2, 3, Number.parseFloat),
    day: number('day', 0, 1, Number.parseFloat),
  };
}

export const shareLink = (code) => new URL(`?room=${encodeURIComponent(code)}`, location.href.split(/[?#]/)[0]).href;

/// What concerns the picture alone stays, whatever room it shows.
function kept() {
  const given = new URLSearchParams(location.search);
  return ['ratio', 'day'].filter((key) => given.has(key)).map((key) => `${key}=${encodeURIComponent(given.get(key))}`);
}

/// The room stands in the address, so that a reload comes back to it and the address can be shared.
export const showRoom = (code) => history.replaceState(null, '', `?${[`room=${encodeURIComponent(code)}`, ...kept()].join('&')}`);
export const showNoRoom = () => history.replaceState(null, '', `${location.pathname}${kept().length > 0 ? `?${kept().join('&')}` : ''}`);
