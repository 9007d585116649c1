// What can end a stay, or keep one from beginning: for each reason a title, what to do, and the buttons that do it.

import { element, make } from './dom.mjs';

// Buttons: what they say and what the page does (main.mjs). The first is the one to press.
const kRetry = ['Try again', 'retry'];
const kReload = ['Reload the page', 'reload'];
const kCode = ['Try another code', 'code'];
const kName = ['Change the name', 'name'];
const kCreate = ['Create a room instead', 'create'];
const kFind = ['Find another game', 'find'];
const kJoin = ['Join', 'join'];  // with what stands in the fields
const kMenu = ['Back to the menu', 'menu'];

// Fields that a message may have: what is asked for beside the words.
const kAsks = { no_such_room: ['code', 'password'], password: ['password'] };

const kTexts = {
  no_server: ['The server does not answer', 'Check your connection. If the server has only just started, give it a moment.', [kRetry, kMenu]],
  timed_out: ['The server is too slow', 'It can be reached, but did not answer in time.', [kRetry, kMenu]],
  no_such_room: [
    ({ title, code, password }) => (password ? `Wrong password, or “${title || code}” is gone` : `There is no room “${code}”, or it needs a password`),
    ({ password }) => (password ? 'Enter the password again. A room ends when the last player leaves.'
      : 'Check the code, or ask for the link again: a room ends when the last player leaves. If it has a password, enter it here.'),
    [kJoin, kCreate, kMenu],
  ],
  password: [({ title, code }) => `“${title || code}” needs a password`, 'Ask somebody who plays there.', [kJoin, kFind]],
  bad_code: [({ code }) => `“${code}” is not a room code`, 'A code looks like kamo-ridun: nine letters, with or without the dash.', [kCode, kCreate]],
  bad_options: ['That does not work', '', [['Change it', 'options'], kMenu]],
  bad_name: ['That does not work', '', [kName]],
  bad_title: ['That title does not work', 'A title has up to 64 visible characters.', [['Change it', 'options'], kMenu]],
  bad_password: ['That password does not work', 'A password has up to 64 letters, fewer if they are accented.', [kMenu]],
  room_full: ['The room is full', 'Try again when somebody has left.', [kRetry, kFind, kCreate]],
  version_mismatch: ['This page and the server have different versions', 'Reload the page to get the matching one.', [kReload]],
  build_mismatch: ['The room plays another version of the game', 'Everybody needs the same one: reload the page, and ask the others to do the same.', [kReload, kCreate]],
  rate_limited: ['Too many attempts', 'Wait half a minute, then try again.', [kRetry, kMenu]],
  server_full: ['The server is full', 'It cannot take another player right now. Try again later.', [kRetry, kMenu]],
  server_shutdown: ['The server is shutting down', 'Try again in a moment.', [kRetry, kMenu]],
  replaced: ['You are playing in another window', 'Your place in the room moved there. In this window you can join as another player.', [['Join as another player', 'fresh'], kMenu]],
  kicked: ['The host removed you', 'You may join again.', [['Join again', 'fresh'], kFind, kMenu]],
  banned: ['The host banned you', 'You cannot join this room again.', [kFind, kCreate, kMenu]],
  room_locked: ['The room is locked', 'The host lets nobody new in. Try again later, or find another game.', [kRetry, kFind, kCreate]],
  no_webrtc: ['This browser has no WebRTC', 'Players connect directly to each other by WebRTC. Switch it on, or use a current Firefox, Chrome, Edge or Safari.', [kReload]],
  no_webgl2: ['This browser has no WebGL 2', 'The game is drawn with it. Switch on hardware acceleration, or use a current Firefox, Chrome, Edge or Safari.', [kReload]],
  no_shader: ['The graphics driver does not run the game', 'Update the driver or the browser, then reload the page.', [kReload]],
  context_lost: ['The graphics card was reset', 'The picture did not come back. Reload the page to go on.', [kReload]],
  not_loaded: ['The game could not be loaded', 'Check your connection.', [kReload]],
  protocol_error: ['Something went wrong', 'The server sent something this page does not understand.', [kReload]],
};

/// The reasons that have a message of their own.
export const kReasons = Object.keys(kTexts);

/// What a person typed may be wrong in more ways than there are reasons: which message fits the end of a stay, `code` being
/// what was to be joined.
export function messageOf({ reason, message }, code) {
  if (reason === 'no_such_room' && code && !/^[a-z]{9}$/i.test(code.replace(/[\s_-]/g, ''))) return 'bad_code';
  if (reason !== 'bad_options') return reason;
  // The sentence begins with what it is about.
  return { Choose: 'bad_name', 'Create::title': 'bad_title', 'Create::password': 'bad_password', 'Join::password': 'bad_password' }[message.split(' ')[0]] ?? reason;
}

/// Shows the message for `reason` over everything. `about`: { code, title, password } of the room, where there is one, and
/// `detail`, the game's own sentence, used where ours says nothing better. Gives { action, code, password }: the button that was
/// pressed, and what stood in the fields.
export function showMessage(reason, about = {}) {
  const [title, advice, actions] = kTexts[reason] ?? ['The room has ended', '', [kMenu]];
  element('message-title').textContent = typeof title === 'function' ? title({ code: '', ...about }) : title;
  element('message-text').textContent = (typeof advice === 'function' ? advice(about) : advice) || about.detail || 'Go back to the menu and try again.';
  const asked = kAsks[reason] ?? [];
  element('message-fields').hidden = asked.length === 0;
  element('message-code-field').hidden = !asked.includes('code');
  element('message-code').value = about.code ?? '';
  element('message-password').value = '';
  element('message-password').placeholder = asked.includes('code') && !about.password ? 'If it has one' : '';
  setCovered(true);
  return new Promise((chosen) => {
    const choose = (action) => {
      hideMessage();
      chosen({ action, code: element('message-code').value.trim(), password: element('message-password').value });
    };
    const buttons = actions.map(([label, action], index) => {
      const button = make('button', index === 0 ? 'primary' : '', label);
      button.type = index === 0 ? 'submit' : 'button';
      button.dataset.action = action;
      if (index > 0) button.addEventListener('click', () => choose(action));
      return button;
    });
    element('message-form').onsubmit = (event) => {
      event.preventDefault();
      choose(actions[0][1]);
    };
    // Escape is the way back, where there is one that changes nothing.
    const back = actions.find(([, action]) => action === 'menu') ?? actions.find(([, action]) => action === 'find');
    element('message').onkeydown = (event) => {
      if (event.key !== 'Escape' || !back) return;
      event.stopPropagation();
      choose(back[1]);
    };
    element('message-actions').replaceChildren(...buttons);
    (asked.length > 0 ? element('message-password') : buttons[0]).focus();
  });
}

export function hideMessage() {
  setCovered(false);
}

/// While a message stands, nothing below it can be reached.
function setCovered(covered) {
  element('message').hidden = !covered;
  for (const id of ['start', 'hud', 'scene']) element(id).inert = covered;
}

/// What has changed in a room between two models of the game, in words; '' when nothing has.
export function changesOf(before, after) {
  const changed = (key) => before[key] !== after[key];
  const words = [
    changed('title') && (after.title ? `called “${after.title}”` : 'without a title'),
    changed('size') && `for up to ${after.size}`,
    changed('locked') && (after.locked ? 'locked' : 'open'),
    changed('listed') && (after.listed ? 'public' : 'private'),
    changed('password') && (after.password ? 'with a password' : 'without a password'),
  ].filter(Boolean);
  return words.length > 0 ? `The room is now ${words.join(' · ')}` : '';
}

/// What a toast says about a notice of the game, or nothing. `trouble` marks what is not as it should be.
export function toastFor(notice, me) {
  const who = notice.name || `Member ${notice.id}`;
  switch (notice.kind) {
    case 'joined': return { text: `${who} joined` };
    case 'away': return { text: `${who} is away and may come back` };
    case 'back': return { text: `${who} is back` };
    case 'refused': return { text: notice.message, trouble: true };
    case 'left': if (notice.reason === 'peer_kicked') return { text: `The host removed ${who}` };
      return notice.reason === 'peer_left' ? { text: `${who} left` } : { text: `${who} left: the connection broke`, trouble: true };
    case 'host': return { text: notice.id === me ? 'You are the host now' : `${who} is the host now` };
    case 'connected': return { text: `${who} is connected again` };
    case 'lost_path': return { text: `The connection to ${who} broke. Looking for another way…`, trouble: true };
    case 'link_failed': return { text: `${who} cannot be reached. You do not see each other move.`, trouble: true };
    case 'server_lost': return null;  // the mark says so as long as it holds (room_bar.mjs)
    case 'server_back': return { text: 'The server is back' };
    default: return null;
  }
}
