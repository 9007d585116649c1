// Waits for what a program says.

/**
 * The match of `pattern` in what text() gives, as soon as it is there; an error with all of that otherwise.
 * @param {() => string} text what was said so far
 */
export async function untilSaid(text, pattern, { timeout = 20_000 } = {}) {
  for (const deadline = Date.now() + timeout; Date.now() < deadline;) {
    const match = pattern.exec(text());
    if (match) return match;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error(`not said: ${pattern}\n${text()}`);
}
