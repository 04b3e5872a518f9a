// The connection: snapshots as they come, and what becomes of it when they do not. It comes back by itself.

// The sandbox sends one each second, so this long a silence is none of its own.
const SILENCE = 5000;
// A sandbox that is started again takes a few seconds; one that has not come back by then is gone.
const PATIENCE = 4000;
const AGAIN = 1000;

export const follow = (onSnapshot, onLink) => {
  let source;
  let silence;
  let lost = null;
  const fail = () => {
    source.close();
    clearTimeout(silence);
    lost ??= performance.now();
    onLink(performance.now() - lost < PATIENCE ? "reconnecting" : "gone");
    setTimeout(open, AGAIN);
  };
  const open = () => {
    source = new EventSource("events");
    silence = setTimeout(fail, SILENCE);
    source.onerror = fail;
    source.onmessage = (event) => {
      clearTimeout(silence);
      silence = setTimeout(fail, SILENCE);
      lost = null;
      onLink("live");
      onSnapshot(JSON.parse(event.data));
    };
  };
  open();
};

// Sends a request that changes something; answers what came back, or throws what it was refused with, in words.
export const send = async (method, path, document) => {
  const headers = { "Content-Type": "application/json" };
  const body = document && JSON.stringify(document);
  const answer = await fetch(path, { method, headers, body }).catch(() => {
    throw new Error("the sandbox does not answer");
  });
  const told = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(`${told.error}: ${told.hint}`);
  return told;
};
