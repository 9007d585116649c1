// What C++ prints stands on the page; the room's code becomes an address for the second window.
import hello from './hello.mjs';

const query = new URLSearchParams(location.search);
const code = query.get('room') ?? '';
document.getElementById('invitation').textContent = code ? `Joining ${code} …` : 'Making a room …';

function print(line) {
  document.getElementById('said').textContent += line + '\n';
  const made = /^You are in room ([a-z-]+)\.$/.exec(line)?.[1];
  if (!made) return;
  const link = document.createElement('a');
  link.href = new URL(`?room=${made}&name=Guest`, location.href);
  link.textContent = link.href;
  link.target = '_blank';
  document.getElementById('invitation').replaceChildren('Open ', link, ' in a second window.');
}

hello({ arguments: [code, query.get('name') ?? 'Host'], print });
