// What the page remembers: the player's name for good, the place in a room until the tab is closed. A browser that keeps
// nothing (private windows, blocked storage) costs the player nothing but typing.

const kName = 'parlor.cubes.name';
const kPlace = 'parlor.cubes.place';

function attempt(action, otherwise) {
  try {
    return action();
  } catch {
    return otherwise;
  }
}

export const rememberName = (name) => attempt(() => localStorage.setItem(kName, name));
export const rememberedName = () => attempt(() => localStorage.getItem(kName), null) ?? '';

/// The place: { code, ticket, name }. The ticket is a secret of this tab.
export const rememberPlace = (place) => attempt(() => sessionStorage.setItem(kPlace, JSON.stringify(place)));
export const forgetPlace = () => attempt(() => sessionStorage.removeItem(kPlace));
export function rememberedPlace(code) {
  const place = attempt(() => JSON.parse(sessionStorage.getItem(kPlace)), null);
  return place && place.code === code ? place : null;
}

// Sound is off until somebody switches it on.
const kSound = 'parlor.cubes.sound';
export const rememberSound = (on) => attempt(() => localStorage.setItem(kSound, on ? 'on' : 'off'));
export const rememberedSound = () => attempt(() => localStorage.getItem(kSound), null) === 'on';
