// What the page calls the ways to a member: a word for the graphs and the list of members, words within a sentence, and a line of
// its own.

export const kPaths = {
  direct: { word: 'direct', how: 'directly, from browser to browser', line: 'Direct: from browser to browser' },
  turn: { word: 'TURN', how: 'through a TURN server', line: 'TURN: through a TURN server' },
  relay: { word: 'relay', how: 'through the Parlor server', line: 'Relay: through the Parlor server' },
  none: { word: 'none', how: 'not connected', line: 'None: looking for a connection' },
};
export const pathWord = (path) => kPaths[path]?.word ?? path;
