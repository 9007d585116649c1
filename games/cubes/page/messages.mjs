// What can end a stay, or keep one from beginning: for each reason a title, what to do, and the buttons that do it.

const element = (id) => document.getElementById(id);

// Buttons: what they say and what the page does (main.mjs). The first is the one to press.
const kRetry = ['Try again', 'retry'];
const kReload = ['Load the page again', 'reload'];
const kCode = ['Try another code', 'code'];
const kName = ['Change the name', 'name'];
const kCreate = ['Create a room instead', 'create'];
const kMenu = ['Back to the menu', 'menu'];

const kTexts = {
  no_server: ['The server does not answer', 'Check your connection. If the server was just started, give it a moment.', [kRetry, kMenu]],
  timed_out: ['The server is too slow', 'It was reached, but did not answer in time.', [kRetry, kMenu]],
  no_such_room: [
    (code) => `No room opens with the code “${code}”`,
    'Check the code, or ask for the link again: a room ends when the last one leaves. Or it takes a password, which this page cannot ask for yet.',
    [kCode, kCreate],
  ],
  bad_code: [(code) => `“${code}” is no room code`, 'A code looks like kamo-ridun: nine letters, with or without the dash.', [kCode, kCreate]],
  bad_options: ['That does not work', '', [kName]],  // a name: the page gives nothing else that could be bad
  room_full: ['The room is full', 'It has as many members as it allows. Try again when somebody has left.', [kRetry, kCreate]],
  version_mismatch: ['This page has another version than the server', 'Load the page again to get the one that fits.', [kReload]],
  build_mismatch: ['The room plays another version of the game', 'Everybody needs the same one: load the page again, and ask the others to do so too.', [kReload, kCreate]],
  rate_limited: ['Too many attempts', 'Wait half a minute, then try again.', [kRetry, kMenu]],
  server_full: ['The server is full', 'It has no place for another player now. Try again later.', [kRetry, kMenu]],
  server_shutdown: ['The server is being stopped', 'Try again in a moment.', [kRetry, kMenu]],
  replaced: ['You play in another window', 'This place in the room was taken over there. Here you can join as one more player.', [['Join as one more', 'fresh'], kMenu]],
  kicked: ['The host removed you', 'You may join again.', [['Join again', 'fresh'], kMenu]],
  banned: ['The host removed you', 'This room does not let you in again.', [kCreate, kMenu]],
  room_locked: ['The room takes nobody new', 'Try again later, or create one of your own.', [kRetry, kCreate]],
  no_webrtc: ['This browser has no WebRTC', 'Players connect directly to each other, and that takes WebRTC. Switch it on, or use a current Firefox, Chrome, Edge or Safari.', [kReload]],
  no_webgl2: ['This browser has no WebGL 2', 'The scene is drawn with it. Switch on hardware acceleration, or use a current Firefox, Chrome, Edge or Safari.', [kReload]],
  no_shader: ['The graphics driver refuses the game', 'Update the driver or the browser, then load the page again.', [kReload]],
  context_lost: ['The graphics card was reset', 'The picture has not come back by itself.', [kReload]],
  not_loaded: ['The game could not be loaded', 'Check your connection.', [kReload]],
  protocol_error: ['Something went wrong', 'The server said something that this page does not understand.', [kReload]],
};

/// The reasons that have a message of their own.
export const kReasons = Object.keys(kTexts);

/// Shows the message for `reason` over everything. `detail` is the game's own sentence, used where ours says nothing better.
/// Gives the name of the button that was pressed.
export function showMessage(reason, { code = '', detail = '' } = {}) {
  const [title, advice, actions] = kTexts[reason] ?? ['The room is over', '', [kMenu]];
  element('message-title').textContent = typeof title === 'function' ? title(code) : title;
  element('message-text').textContent = advice || detail || 'Go back to the menu and try again.';
  element('message').hidden = false;
  element('hud').inert = true;
  return new Promise((chosen) => {
    const buttons = actions.map(([label, action], index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.dataset.action = action;
      if (index === 0) button.className = 'primary';
      button.addEventListener('click', () => {
        hideMessage();
        chosen(action);
      });
      return button;
    });
    element('message-actions').replaceChildren(...buttons);
    buttons[0].focus();
  });
}

export function hideMessage() {
  element('message').hidden = true;
  element('hud').inert = false;
}

/// What a toast says about a notice of the game, or nothing. `trouble` marks what is not as it should be.
export function toastFor(notice, me) {
  const who = notice.name || `Member ${notice.id}`;
  switch (notice.kind) {
    case 'joined': return { text: `${who} joined` };
    case 'away': return { text: `${who} is away, and may come back` };
    case 'back': return { text: `${who} is back` };
    case 'left': return notice.reason === 'peer_left' ? { text: `${who} left` } : { text: `${who} left: the connection broke off`, trouble: true };
    case 'host': return { text: notice.id === me ? 'You are the host now' : `${who} is the host now` };
    case 'connected': return { text: `${who} is connected again` };
    case 'lost_path': return { text: `The connection to ${who} broke off. Looking for another way…`, trouble: true };
    case 'link_failed': return { text: `No way to ${who} was found. You do not see each other move.`, trouble: true };
    case 'server_lost': return { text: 'The server is gone. You play on with those who are here; nobody new can join until it is back.', trouble: true };
    case 'server_back': return { text: 'The server is back' };
    default: return null;
  }
}
