// The room's code comes from the address, and stands there once there is one: who opens it plays along.
import start from './smallest.mjs';

const code = new URLSearchParams(location.search).get('room') ?? '';
start({
  arguments: [code],
  print: (made) => history.replaceState(null, '', `?room=${made}`),
  printErr: (trouble) => { document.querySelector('p').textContent = trouble; },
});
